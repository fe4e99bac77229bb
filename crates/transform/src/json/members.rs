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

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    /// Grows from member to member of the document.
    pub(super) place: usize,
    pub(super) key: Cow<'a, str>,
    pub(super) value: Value<'a>,
}

/// Where it stands says nothing.
impl PartialEq for Member<'_> {
    fn eq(&self, other: &Self) -> bool {
        (&self.key, &self.value) == (&other.key, &other.value)
    }
}

impl Eq for Member<'_> {}

impl<'a> Members<'a> {
    /// All of a document's object.
    pub(super) fn new(mut members: Vec<Member<'a>>) -> Self {
        members
            .sort_unstable_by(|one, other| (&one.key, one.place).cmp(&(&other.key, other.place)));
        let has_twice =
            members.windows(2).any(|pair| matches!(pair, [one, other] if one.key == other.key));
        Self(if has_twice { distinct(members) } else { members })
    }

    /// A single one.
    pub(crate) fn single(key: &'static str, value: Value<'a>) -> Self {
        Self(vec![Member { place: 0, key: key.into(), value }])
    }

    /// Takes one out. The others are in no order from then on.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value<'a>> {
        let at = self.0.iter().position(|member| member.key == key)?;
        Some(self.0.swap_remove(at).value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|member| (&*member.key, &member.value))
    }
}

/// Each key once, with what is displaced in the order of the document.
fn distinct(mut members: Vec<Member<'_>>) -> Vec<Member<'_>> {
    members.sort_unstable_by_key(|member| member.place);
    let mut distinct = BTreeMap::new();
    for Member { key, value, .. } in members {
        add(&mut distinct, key, value);
    }
    let member = |(key, value)| Member { place: 0, key, value };
    distinct.into_iter().map(member).collect()
}

/// Adds a member, and keeps what it displaces if that says anything else.
fn add<'a>(members: &mut BTreeMap<Cow<'a, str>, Value<'a>>, key: Cow<'a, str>, value: Value<'a>) {
    let mut known = match members.entry(key) {
        Entry::Vacant(free) => {
            free.insert(value);
            return;
        }
        Entry::Occupied(known) => known,
    };
    let displaced = known.insert(value);
    if displaced.is_empty() || *known.get() == displaced {
        return;
    }
    let key = format!("{}{EARLIER}", known.key());
    let earlier = members.entry(key.into()).or_insert(Value::Array(Vec::new()));
    if let Value::Array(values) = earlier {
        values.push(displaced);
    } else {
        let known = std::mem::replace(earlier, Value::Null);
        *earlier = Value::Array(vec![known, displaced]);
    }
}
