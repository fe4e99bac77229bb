//! The entity-relation picture of a schema as SVG.

use std::fmt::Write as _;

use database::{RelationKind, Schema};

use super::plan::{HEADING, LINE, Lane, MARGIN, Placed, Plan, TITLE, plan};

/// All text is as wide as the plan takes it for: every one of these has equally wide characters.
const FONT: &str = "DejaVu Sans Mono, Menlo, Liberation Mono, Courier New, monospace";
/// One for the lines to a table, in turns.
const COLOURS: [&str; 6] = ["#1f5fa8", "#b3541e", "#2e7d32", "#7b3fa0", "#9b1c4b", "#00707a"];
/// How long an arrowhead or a crow's foot is.
const END: i32 = 9;

/// Draws a schema. It has a white ground of its own, to be read on a dark page too.
pub(super) fn draw(schema: &Schema) -> String {
    let plan = plan(schema);
    let Plan { width, height, .. } = plan;
    let mut svg = String::new();
    put(
        &mut svg,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"{FONT}\" font-size=\"11\">\n\
             <title>The tables of {}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
            escaped(&schema.name)
        ),
    );
    legend(&mut svg, schema, &plan);
    for lane in &plan.lanes {
        lines(&mut svg, lane, COLOURS[lane.target % COLOURS.len()]);
    }
    for placed in &plan.boxes {
        table(&mut svg, placed, plan.box_width);
    }
    svg.push_str("</svg>\n");
    svg
}

fn legend(svg: &mut String, schema: &Schema, plan: &Plan<'_>) {
    let y = MARGIN + 10;
    let title = escaped(&schema.name);
    put(
        svg,
        format_args!(
            "<text x=\"{MARGIN}\" y=\"{y}\" font-size=\"16\" font-weight=\"bold\" fill=\"#1a1a1a\">{title}</text>\n"
        ),
    );
    let has = |is_held| plan.lanes.iter().any(|lane| lane.is_held == is_held);
    let words = [
        Some("bold: the key"),
        has(true).then_some("solid line: foreign key"),
        has(false).then_some("dashed line: the name alone tells"),
        (has(true) || has(false)).then_some("forked end: many rows, bar: one"),
    ];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    put(
        svg,
        format_args!(
            "<text x=\"{MARGIN}\" y=\"{}\" fill=\"#555555\">{}</text>\n",
            y + TITLE / 3,
            words.join(" · ")
        ),
    );
}

fn table(svg: &mut String, placed: &Placed<'_>, width: i32) {
    let Placed { relation, x, y, height, lines, .. } = placed;
    let (ground, kind) = match relation.kind {
        RelationKind::Table => ("#dbe7f5", ""),
        RelationKind::View => ("#e3f1e0", "view"),
        RelationKind::MaterializedView => ("#fbecd0", "materialized"),
    };
    put(
        svg,
        format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEADING}\" fill=\"{ground}\"/>\n\
             <rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"#8a97a6\"/>\n"
        ),
    );
    let (left, right) = (x + 8, x + width - 8);
    text(svg, (left, y + 15), Text::Heading, &relation.name.relation);
    text(svg, (right, y + 15), Text::Aside, kind);
    for (line, number) in lines.iter().zip(0..) {
        let base = y + HEADING + number * LINE + 12;
        let style = if line.is_key { Text::Key } else { Text::Name };
        text(svg, (left, base), style, line.name);
        let aside = match line.elsewhere {
            Some(to) => format!("{} → {to}", line.data_type),
            None => line.data_type.clone(),
        };
        text(svg, (right, base), Text::Aside, &aside);
    }
}

#[derive(Clone, Copy)]
enum Text {
    Heading,
    Key,
    Name,
    /// Ends where the others begin.
    Aside,
}

fn text(svg: &mut String, (x, y): (i32, i32), style: Text, words: &str) {
    let look = match style {
        Text::Heading => "font-size=\"12\" font-weight=\"bold\" fill=\"#1a1a1a\"",
        Text::Key => "font-weight=\"bold\" fill=\"#1a1a1a\"",
        Text::Name => "fill=\"#1a1a1a\"",
        Text::Aside => "text-anchor=\"end\" fill=\"#666666\"",
    };
    if !words.is_empty() {
        put(svg, format_args!("<text x=\"{x}\" y=\"{y}\" {look}>{}</text>\n", escaped(words)));
    }
}

fn lines(svg: &mut String, lane: &Lane, colour: &str) {
    let mut path = String::new();
    for [(from_x, from_y), (to_x, to_y)] in &lane.pieces {
        put(&mut path, format_args!("M{from_x} {from_y}L{to_x} {to_y}"));
    }
    let dash = if lane.is_held { "" } else { " stroke-dasharray=\"5 3\"" };
    put(
        svg,
        format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\"{dash}/>\n"
        ),
    );
    let mut ends = String::new();
    for ((x, y), is_many) in &lane.tails {
        let back = x - END;
        if *is_many {
            put(&mut ends, format_args!("M{x} {}L{back} {y}L{x} {}", y - 5, y + 5));
        } else {
            put(&mut ends, format_args!("M{back} {}L{back} {}", y - 5, y + 5));
        }
    }
    let (x, y) = lane.head;
    let back = x - END;
    put(
        svg,
        format_args!(
            "<path d=\"{ends}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\"/>\n\
             <path d=\"M{x} {y}L{back} {}L{back} {}Z\" fill=\"{colour}\"/>\n",
            y - 5,
            y + 5
        ),
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    let _: std::fmt::Result = text.write_fmt(what);
}
