//! Which type of Parquet each kind becomes. The table's and the columns' comments go into the
//! file's metadata, as `comment` and `comment.<column>`.

use std::sync::Arc;

use export::{Column, Kind, Relation};
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::schema::types::{Type, TypePtr};

/// Decimal numbers of more digits, and those whose digits are not declared, become doubles.
const DIGITS_OF_INT64: u16 = 18;

pub(crate) fn schema(relation: &Relation) -> Result<TypePtr, ParquetError> {
    let fields = relation.columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let all = Type::group_type_builder(relation.name.relation()).with_fields(fields).build()?;
    Ok(Arc::new(all))
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let repetition = if column.is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
    if column.kind == Kind::Texts {
        return list(&column.name, repetition);
    }
    let (physical, logical) = types(column.kind);
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical);
    let field = match (physical, column.kind) {
        (Physical::INT64, Kind::Decimal(Some((precision, scale)))) => {
            field.with_precision(precision.into()).with_scale(scale.into())
        }
        _ => field,
    };
    Ok(Arc::new(field.build()?))
}

/// The type, and what its values mean; each element's for a list.
pub(crate) fn types(kind: Kind) -> (Physical, Option<LogicalType>) {
    match kind {
        Kind::Flag => (Physical::BOOLEAN, None),
        Kind::Int16 => (Physical::INT32, Some(LogicalType::integer(16, true))),
        Kind::Int32 => (Physical::INT32, None),
        Kind::Int64 => (Physical::INT64, None),
        Kind::Decimal(Some((precision @ ..=DIGITS_OF_INT64, scale))) if scale <= precision => {
            (Physical::INT64, Some(LogicalType::decimal(scale.into(), precision.into())))
        }
        Kind::Float | Kind::Decimal(_) => (Physical::DOUBLE, None),
        Kind::Text | Kind::Texts => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        Kind::Moment => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        Kind::Bytes => (Physical::BYTE_ARRAY, None),
    }
}

/// The three levels by which every reader knows a list.
fn list(name: &str, repetition: Repetition) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = types(Kind::Text);
    let element = Type::primitive_type_builder("element", physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()?;
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    let list = Type::group_type_builder(name)
        .with_repetition(repetition)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(repeated)])
        .build()?;
    Ok(Arc::new(list))
}

pub(crate) fn comments(relation: &Relation) -> Vec<KeyValue> {
    let of_table = relation.comment.iter().map(|text| ("comment".to_owned(), text));
    let of_columns = relation
        .columns
        .iter()
        .filter_map(|column| Some((format!("comment.{}", column.name), column.comment.as_ref()?)));
    of_table.chain(of_columns).map(|(key, text)| KeyValue::new(key, text.clone())).collect()
}
