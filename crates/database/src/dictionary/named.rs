//! Whose row a column names, by its name alone.

use std::collections::BTreeMap;

use super::{Name, Reference, Relation};

/// Most tables name a row of another one without a foreign key, such as a run that may be cleared
/// away. A column tells by its name and type if a single table has just this column as its key.
pub(super) fn add_references_by_name(relations: &mut [Relation]) {
    let mut owners: BTreeMap<(String, String), Vec<Name>> = BTreeMap::new();
    for relation in relations.iter() {
        let [key] = &relation.key[..] else { continue };
        // Not `company_no`: no table is about companies.
        if !(key.ends_with("_id") || key.ends_with("_key")) {
            continue;
        }
        for column in relation.columns.iter().filter(|column| column.name == *key) {
            let what = (column.name.clone(), column.data_type.clone());
            owners.entry(what).or_default().push(relation.name.clone());
        }
    }
    // The keys of `masked` are pseudonyms: they lead nowhere else.
    for relation in relations.iter_mut().filter(|relation| relation.name.schema != "masked") {
        let named = relation.columns.iter().filter_map(|column| {
            match &owners.get(&(column.name.clone(), column.data_type.clone()))?[..] {
                [owner] if *owner != relation.name => Some(Reference {
                    to: owner.clone(),
                    columns: vec![column.name.clone()],
                    is_held: false,
                }),
                _ => None,
            }
        });
        let is_new = |one: &Reference| {
            let same = |known: &&Reference| known.to == one.to && known.columns == one.columns;
            relation.references.iter().find(same).is_none()
        };
        let named: Vec<Reference> = named.filter(is_new).collect();
        relation.references.extend(named);
        relation.references.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::{Column, Comment, RelationKind};

    fn table(name: &str, columns: &[(&str, &str)], key: &[&str]) -> Relation {
        let column = |(name, data_type): &(&str, &str)| Column {
            name: (*name).into(),
            data_type: (*data_type).into(),
            is_nullable: false,
            comment: Comment::default(),
        };
        Relation {
            name: Name { schema: "etl".into(), relation: name.into() },
            kind: RelationKind::Table,
            comment: Comment::default(),
            columns: columns.iter().map(column).collect(),
            key: key.iter().map(|&name| name.into()).collect(),
            references: Vec::new(),
        }
    }

    #[test]
    fn a_column_tells_by_its_name_whose_row_it_names_if_it_can_be_one_alone() {
        let mut tables = [
            table("run", &[("run_id", "uuid")], &["run_id"]),
            table("item", &[("item_id", "bigint"), ("run_id", "uuid")], &["item_id"]),
            table("other", &[("run_id", "text"), ("hash_id", "bytea")], &["hash_id"]),
            table("third", &[("hash_id", "bytea"), ("company_no", "text")], &["hash_id"]),
            table("bound", &[("company_no", "text")], &["company_no"]),
        ];
        add_references_by_name(&mut tables);
        let said: Vec<String> = tables
            .iter()
            .flat_map(|table| table.references.iter().map(|to| format!("{} {}", table.name, to.to)))
            .collect();
        assert_eq!(said, ["etl.item etl.run"]);
    }
}
