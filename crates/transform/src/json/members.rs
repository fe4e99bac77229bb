//! The members of an object.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::value::Value;

/// Marks the key of values that a later one of the same key displaced; no field of 104 has it.
const EARLIER: &str = " (earlier)";

/// The members of an object. Of a key that stands twice the last one counts; what the others say
/// stands beside it, in a list under the key and [`EARLIER`].
///
/// A list in the order of the keys, since objects of 104 are small: what is made once and looked through a few times costs
/// less than a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Members<'a>(Vec<Member<'a>>);

type Member<'a> = (Cow<'a, str>, Value<'a>);

impl<'a> Members<'a> {
    /// All of them, as they stand in the document.
    pub(crate) fn new(mut members: Vec<Member<'a>>) -> Self {
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        let is_pair = |pair: &[Member<'_>]| matches!(pair, [(one, _), (other, _)] if one == other);
        Self(if members.windows(2).any(is_pair) { distinct(members) } else { members })
    }

    /// Takes one out. The others are in no order from then on.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value<'a>> {
        let at = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.swap_remove(at).1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Member<'a>> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for Members<'a> {
    type Item = Member<'a>;
    type IntoIter = std::vec::IntoIter<Member<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Each key once; equal ones come in their order.
fn distinct(members: Vec<Member<'_>>) -> Vec<Member<'_>> {
    let mut last = BTreeMap::new();
    let mut earlier = Vec::new();
    for (key, value) in members {
        match last.entry(key) {
            Entry::Vacant(free) => {
                free.insert(value);
            }
            Entry::Occupied(mut known) => {
                let displaced = known.insert(value);
                if !displaced.is_empty() && *known.get() != displaced {
                    earlier.push((format!("{}{EARLIER}", known.key()), displaced));
                }
            }
        }
    }
    for (key, displaced) in earlier {
        let known = last.entry(key.into()).or_insert_with(|| Value::Array(Vec::new()));
        match known {
            Value::Array(values) => values.push(displaced),
            other => *other = Value::Array(vec![std::mem::replace(other, Value::Null), displaced]),
        }
    }
    last.into_iter().collect()
}
