"""Reads exports back by DuckDB and pyarrow, and compares each cell with what Postgres says.

FOLDER holds NAME.parquet, NAME.csv, NAME.jsonl of each table, and NAME.expected: Postgres' own to_jsonb, a row a line.
tests/tests/export.rs writes them and calls this."""

import json
import re
import sys
from datetime import date, datetime, timezone
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
# What spreadsheets take for a formula.
FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def plain(value, is_json=False):
    """A value as every reader gives it: moments in UTC, dates and bytes as text, JSON taken apart."""
    if is_json and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, str) and MOMENT.match(value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value


def as_csv(value):
    """What a cell of CSV says."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value if value.startswith(FORMULA) else value
    return value if value is None or isinstance(value, (list, dict)) else str(value)


def differ(what, expected, seen):
    key = lambda row: json.dumps(row, sort_keys=True, ensure_ascii=False)
    expected, seen = sorted(map(key, expected)), sorted(map(key, seen))
    if expected != seen:
        both = next((pair for pair in zip(expected, seen) if pair[0] != pair[1]), (len(expected), len(seen)))
        sys.exit(f"{what}: {len(expected)} rows expected, {len(seen)} read; the first that differ:\n{both[0]}\n{both[1]}")


def check(folder, name):
    lines = (folder / f"{name}.expected").read_text().split("\n")[:-1]
    raw = [json.loads(line) for line in lines]
    columns = pa.parquet.read_schema(folder / f"{name}.parquet").names
    json_columns = {c for c in columns if any(isinstance(row[c], (list, dict)) for row in raw)}
    assert all(set(row) == set(columns) for row in raw), f"{name}: other columns than Postgres has"
    expected = [{c: plain(row[c]) for c in columns} for row in raw]

    def rows(of):
        return [{c: plain(value, c in json_columns) for c, value in row.items()} for row in of]

    def by_duckdb(query):
        found = duckdb.sql(query)
        return rows(dict(zip(found.columns, row)) for row in found.fetchall())

    parquet, csv, jsonl = (folder / f"{name}.{kind}" for kind in ("parquet", "csv", "jsonl"))
    differ(f"{name}, Parquet by DuckDB", expected, by_duckdb(f"from '{parquet}'"))
    table = pa.parquet.read_table(parquet)
    differ(f"{name}, Parquet by pyarrow", expected, rows(table.to_pylist()))

    types = {c: t for c, t, *_ in duckdb.sql(f"describe from '{parquet}'").fetchall()}
    typed = "{" + ", ".join(f"'{c}': '{t}'" for c, t in types.items()) + "}"
    from_json = f"from read_json('{jsonl}', format = 'newline_delimited', columns = {typed})"
    # A blob in JSON is text, as Postgres writes it.
    typed_as_text = from_json.replace("'BLOB'", "'VARCHAR'")
    differ(f"{name}, JSON lines by DuckDB", expected, by_duckdb(typed_as_text))
    flat = [f for f in table.schema if f.name not in json_columns]
    text = pa.string()
    flat = pa.schema([f.with_type(text) if not pa.types.is_integer(f.type) and not pa.types.is_boolean(f.type) else f for f in flat])
    if raw:
        options = pa.json.ParseOptions(explicit_schema=flat, unexpected_field_behavior="ignore")
        seen = pa.json.read_json(jsonl, parse_options=options)
        differ(f"{name}, JSON lines by pyarrow", [{c: row[c] for c in flat.names} for row in expected], rows(seen.to_pylist()))

    cells = [{c: plain(as_csv(row[c])) for c in columns} for row in expected]
    from_csv = f"from read_csv('{csv}', all_varchar = true, header = true, allow_quoted_nulls = false)"
    differ(f"{name}, CSV by DuckDB", cells, by_duckdb(from_csv))
    if raw:
        seen = pa.csv.read_csv(
            csv,
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types={c: text for c in columns}, null_values=[""],
                strings_can_be_null=True, quoted_strings_can_be_null=False,
            ),
        )
        differ(f"{name}, CSV by pyarrow", cells, rows(seen.to_pylist()))
    print(f"{name}: {len(expected)} rows of {len(columns)} columns are equal in Parquet, JSON lines and CSV", flush=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    duckdb.sql("set timezone = 'UTC'")
    names = sorted(path.name.removesuffix(".expected") for path in folder.glob("*.expected"))
    assert names, "nothing to compare"
    for name in names:
        check(folder, name)
