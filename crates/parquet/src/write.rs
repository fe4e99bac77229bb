//! Writes Parquet, a row group at a time.

use std::sync::Arc;

use export::{EncodeError, Encoder, Relation, Value};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use crate::column::Column;
use crate::schema::{comments, schema};

/// A row group is written when its values take so much memory.
const GROUP_BYTES: usize = 32 << 20;

/// Writes Parquet. Memory is that of one row group, whatever the table's size.
pub struct Parquet {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
    group_bytes: usize,
}

impl Parquet {
    /// For a relation.
    ///
    /// # Errors
    /// If the relation has no form in Parquet, as one without columns.
    pub fn new(relation: &Relation) -> Result<Self, EncodeError> {
        let properties = WriterProperties::builder()
            .set_created_by(concat!("etl104 ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(comments(relation)))
            .build();
        let schema = schema(relation).map_err(refused)?;
        let writer =
            SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).map_err(refused)?;
        let columns = relation.columns.iter().map(Column::new).collect();
        Ok(Self { writer, columns, rows: 0, bytes: 0, group_bytes: GROUP_BYTES })
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else { break };
            column.write(writer.untyped())?;
            writer.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    /// Gives what was written.
    fn give(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.writer.flush()?;
        out.append(self.writer.inner_mut());
        Ok(())
    }
}

impl Encoder for Parquet {
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.give(out)
    }

    fn row(&mut self, row: &[Value<'_>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        for (column, value) in self.columns.iter_mut().zip(row) {
            self.bytes += column.add(*value)?;
        }
        self.rows += 1;
        if self.bytes >= self.group_bytes {
            self.write_group().map_err(refused)?;
            self.give(out)?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.rows > 0 {
            self.write_group().map_err(refused)?;
        }
        self.writer.finish().map_err(refused)?;
        self.give(out)
    }
}

fn refused(error: ParquetError) -> EncodeError {
    EncodeError::Format(Box::new(error))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use export::{Column as Described, Kind, Name};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;

    fn relation() -> Relation {
        let mut columns: Vec<Described> = [
            ("id", Kind::Text),
            ("flag", Kind::Flag),
            ("small", Kind::Int16),
            ("many", Kind::Int64),
            ("wage", Kind::Decimal(Some((10, 2)))),
            ("share", Kind::Decimal(None)),
            ("born_on", Kind::Date),
            ("seen_at", Kind::Moment),
            ("skills", Kind::Texts),
            ("answers", Kind::Json),
            ("hash", Kind::Bytes),
        ]
        .map(|(name, kind)| Described::of(name, kind))
        .into();
        columns[0].is_required = true;
        columns[0].comment = Some("whose".to_owned());
        Relation { name: Name::new("mart", "x"), columns, comment: Some("all".to_owned()) }
    }

    fn row(id: &str) -> [Value<'_>; 11] {
        [
            Value::Text(id),
            Value::Flag(true),
            Value::Int(-2),
            Value::Int(1 << 40),
            Value::Decimal("-1.50"),
            Value::Decimal("0.25"),
            Value::Date(1),
            Value::Moment(1_000_001),
            Value::Texts(r#"["a",null,"名"]"#),
            Value::Json(r#"{"q": 1}"#),
            Value::Bytes(&[0, 255]),
        ]
    }

    fn written(parquet: Parquet, rows: &[[Value<'_>; 11]]) -> SerializedFileReader<Bytes> {
        let (mut parquet, mut out) = (parquet, Vec::new());
        parquet.begin(&mut out).unwrap();
        for row in rows {
            parquet.row(row, &mut out).unwrap();
        }
        parquet.end(&mut out).unwrap();
        SerializedFileReader::new(Bytes::from(out)).unwrap()
    }

    #[test]
    fn every_kind_is_read_back_as_it_was_and_so_is_nothing() {
        let mut nothing = [Value::Null; 11];
        nothing[0] = Value::Text("");
        let mut empty = nothing;
        empty[8] = Value::Texts("[]");
        let file = written(Parquet::new(&relation()).unwrap(), &[row("一"), nothing, empty]);
        let rows: Vec<_> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        let of = |row: usize| -> Vec<(String, Field)> {
            rows[row].get_column_iter().map(|(name, field)| (name.clone(), field.clone())).collect()
        };
        let shown: Vec<String> = of(0).iter().map(|(_, field)| field.to_string()).collect();
        assert_eq!(
            shown,
            [
                "\"一\"",
                "true",
                "-2",
                "1099511627776",
                "-1.50",
                "0.25",
                "1970-01-02",
                "1970-01-01 00:00:01.000001 +00:00",
                "[\"a\", null, \"名\"]",
                "\"{\"q\": 1}\"",
                "[0, 255]"
            ]
        );
        assert!(of(1).iter().skip(1).all(|(_, field)| *field == Field::Null), "{:?}", of(1));
        assert_eq!((of(2)[8].1.to_string(), of(2)[9].1.clone()), ("[]".to_owned(), Field::Null));
    }

    #[test]
    fn the_file_says_what_its_columns_mean() {
        let file = written(Parquet::new(&relation()).unwrap(), &[]);
        let metadata = file.metadata().file_metadata();
        assert_eq!(metadata.num_rows(), 0);
        let said: Vec<_> = metadata
            .key_value_metadata()
            .unwrap()
            .iter()
            .map(|pair| (pair.key.as_str(), pair.value.as_deref().unwrap()))
            .collect();
        assert_eq!(said, [("comment", "all"), ("comment.id", "whose")]);
    }

    #[test]
    fn a_row_group_ends_before_it_takes_much_memory() {
        let small = Parquet { group_bytes: 10_000, ..Parquet::new(&relation()).unwrap() };
        let ids: Vec<String> = (0..100).map(|n| format!("id {n}")).collect();
        let rows: Vec<_> = ids.iter().map(|id| row(id)).collect();
        let file = written(small, &rows);
        assert!((4..20).contains(&file.num_row_groups()), "{}", file.num_row_groups());
        let seen: Vec<_> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(seen.len(), 100);
        assert!(seen[99].to_string().contains("id 99"));
    }

    #[test]
    fn what_is_no_value_of_its_column_is_refused() {
        let refuses = |position: usize, value| {
            let mut wrong = row("1");
            wrong[position] = value;
            Parquet::new(&relation()).unwrap().row(&wrong, &mut Vec::new()).is_err()
        };
        assert!(refuses(0, Value::Null), "it is required");
        assert!(refuses(2, Value::Int(1 << 40)));
        assert!(refuses(8, Value::Texts(r#"[["a"],["b"]]"#)));
        assert!(!refuses(1, Value::Null));
    }
}
