//! A row as the line of text that `copy` takes, by a formatter for `serde_json`.

use std::io::{self, Write};

use serde_json::ser::{CharEscape, Formatter};

use super::Form;

/// One row: an object whose fields are columns.
pub(super) struct Line<'a> {
    columns: &'a mut Vec<(String, Form)>,
    /// Whether the columns are not known yet.
    is_first: bool,
    /// The column, from 0.
    place: usize,
    /// 0 outside of the row, 1 between its columns, more inside of a column's value.
    depth: usize,
    /// The name of a column.
    name: &'a mut Vec<u8>,
    /// Whether it is what is written.
    is_name: bool,
    /// How the value that is written is taken.
    form: Form,
}

impl<'a> Line<'a> {
    /// The next row of a table whose columns are these, if they are known; `name` is room to read their names in.
    pub(super) fn new(columns: &'a mut Vec<(String, Form)>, name: &'a mut Vec<u8>) -> Self {
        let is_first = columns.is_empty();
        Self { columns, is_first, place: 0, depth: 0, name, is_name: false, form: Form::Scalar }
    }

    /// Whether what is written is a column's whole value.
    fn is_column(&self) -> bool {
        self.depth == 1 && self.form == Form::Scalar
    }

    fn column(&mut self) -> io::Result<Form> {
        let place = self.place;
        self.place += 1;
        if self.is_first {
            let name = String::from_utf8(self.name.clone()).map_err(io::Error::other)?;
            let form = Form::of(&name);
            self.columns.push((name, form));
            return Ok(form);
        }
        match self.columns.get(place) {
            Some((expected, form)) if expected.as_bytes() == *self.name => Ok(*form),
            _ => Err(io::Error::other("a row has other columns than the first of its table")),
        }
    }

    /// Text of a name is kept, other text written.
    fn write<W: ?Sized + Write>(&mut self, writer: &mut W, text: &[u8]) -> io::Result<()> {
        if self.is_name {
            self.name.extend_from_slice(text);
            Ok(())
        } else {
            writer.write_all(text)
        }
    }

    /// A bracket or comma of JSON, or of an array.
    fn structure<W: ?Sized + Write>(
        &self,
        writer: &mut W,
        of_json: &[u8],
        of_array: &[u8],
    ) -> io::Result<()> {
        match self.form {
            Form::Json => writer.write_all(of_json),
            Form::Array if self.depth == 2 => writer.write_all(of_array),
            Form::Array | Form::Scalar => {
                Err(io::Error::other("a list or an object where a column holds one value"))
            }
        }
    }
}

impl Formatter for Line<'_> {
    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.depth == 1 { br"\N" } else { b"null" })
    }

    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.is_name || self.is_column() { Ok(()) } else { writer.write_all(b"\"") }
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin_string(writer)
    }

    /// Nothing in it needs an escape in JSON, and so nothing in COPY.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.write(writer, fragment.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let text: &[u8] = match (self.form, &escape) {
            // COPY takes each pair of backslashes for one.
            (Form::Json | Form::Array, CharEscape::Quote) => br#"\\""#,
            (Form::Json | Form::Array, CharEscape::ReverseSolidus) => br"\\\\",
            (Form::Json, CharEscape::Backspace) => br"\\b",
            (Form::Json, CharEscape::FormFeed) => br"\\f",
            (Form::Json, CharEscape::LineFeed) => br"\\n",
            (Form::Json, CharEscape::CarriageReturn) => br"\\r",
            (Form::Json, CharEscape::Tab) => br"\\t",
            (Form::Json, CharEscape::AsciiControl(control)) if *control != 0 => {
                return self.write(writer, format!(r"\\u{control:04x}").as_bytes());
            }
            (Form::Scalar, CharEscape::Quote) => b"\"",
            (Form::Scalar, CharEscape::ReverseSolidus) => br"\\",
            (_, CharEscape::Solidus) => b"/",
            (_, CharEscape::Backspace) => br"\b",
            (_, CharEscape::FormFeed) => br"\f",
            (_, CharEscape::LineFeed) => br"\n",
            (_, CharEscape::CarriageReturn) => br"\r",
            (_, CharEscape::Tab) => br"\t",
            // No text of Postgres can hold it; whoever reads documents has replaced it with a note already.
            (_, CharEscape::AsciiControl(0)) => "\u{fffd}".as_bytes(),
            (_, CharEscape::AsciiControl(control)) => return self.write(writer, &[*control]),
        };
        self.write(writer, text)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.structure(writer, b"[", b"{")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let ended = self.structure(writer, b"]", b"}");
        self.depth -= 1;
        ended
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        if self.depth == 1 { Ok(()) } else { self.structure(writer, b"{", b"") }
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.depth > 0 {
            return writer.write_all(b"}");
        }
        if self.place != self.columns.len() {
            return Err(io::Error::other("a row has fewer columns than the first of its table"));
        }
        writer.write_all(b"\n")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if self.depth == 1 {
            self.name.clear();
            self.is_name = true;
            return if first { Ok(()) } else { writer.write_all(b"\t") };
        }
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if std::mem::take(&mut self.is_name) {
            self.form = self.column()?;
            Ok(())
        } else {
            writer.write_all(b":")
        }
    }
}
