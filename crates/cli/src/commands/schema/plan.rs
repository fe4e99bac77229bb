//! Where each table of a picture stands, and where its lines run.
//!
//! Tables stand in columns. Left of each column is a gutter, and above all a strip: lines run there
//! alone, so that none crosses a table. Each table that others refer to has a lane of its own in every
//! gutter and in the strip; all lines to it meet in that lane.

use database::{Name, Reference, Relation, Schema};

/// The height of a column's line.
pub(super) const LINE: i32 = 16;
/// The height of a table's heading.
pub(super) const HEADING: i32 = 22;
/// Below a table's last line, and between two tables.
const FOOT: i32 = 6;
const BETWEEN: i32 = 20;
/// The title and the legend.
pub(super) const TITLE: i32 = 58;
/// Around everything.
pub(super) const MARGIN: i32 = 16;
/// Between two lanes.
const LANE: i32 = 9;
/// In a gutter, before its first lane and behind its last one: room for the ends of the lines.
const BEFORE_LANES: i32 = 14;
const BEHIND_LANES: i32 = 22;
/// The width of a character, in tenths.
const CHARACTER: i32 = 67;

/// A whole picture.
pub(super) struct Plan<'a> {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) box_width: i32,
    pub(super) boxes: Vec<Placed<'a>>,
    pub(super) lanes: Vec<Lane>,
}

/// A table in its place.
pub(super) struct Placed<'a> {
    pub(super) relation: &'a Relation,
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) height: i32,
    pub(super) lines: Vec<Line<'a>>,
    column: usize,
}

/// A column of a table.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) is_key: bool,
    pub(super) data_type: String,
    /// The table of another schema whose row it names.
    pub(super) elsewhere: Option<&'a Name>,
}

/// All lines of one kind to one table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lane {
    /// Which table; the same for both kinds.
    pub(super) target: usize,
    /// Whether they are foreign keys.
    pub(super) is_held: bool,
    /// Straight pieces, each from a point to a point.
    pub(super) pieces: Vec<[(i32, i32); 2]>,
    /// Where the lines reach the tables that refer, and whether many rows of such a table may.
    pub(super) tails: Vec<((i32, i32), bool)>,
    /// Where they reach the table that is referred to.
    pub(super) head: (i32, i32),
}

/// Places all tables of a schema.
pub(super) fn plan(schema: &Schema) -> Plan<'_> {
    let mut targets: Vec<(&Name, bool)> = Vec::new();
    for (_, reference) in within(schema) {
        let target = (&reference.to, reference.is_held);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    // Whatever others refer to most comes first.
    let weight = |name: &Name| within(schema).filter(|(_, to)| to.to == *name).count();
    targets.sort_by_key(|(name, is_held)| (std::cmp::Reverse(weight(name)), *name, !is_held));
    let mut relations: Vec<&Relation> = schema.relations.iter().collect();
    relations.sort_by_key(|relation| (std::cmp::Reverse(weight(&relation.name)), &relation.name));

    let lanes = i32::try_from(targets.len()).unwrap_or(i32::MAX);
    let gutter = BEFORE_LANES + lanes * LANE + BEHIND_LANES;
    let gutter = if lanes == 0 { MARGIN } else { gutter };
    let top = MARGIN + TITLE + lanes * LANE;
    let mut boxes: Vec<Placed<'_>> = relations.into_iter().map(Placed::new).collect();
    let box_width = boxes.iter().map(Placed::needed_width).max().unwrap_or(0);
    let columns = into_columns(&mut boxes, box_width);
    let x_of = |column: usize| {
        let column = i32::try_from(column).unwrap_or(0);
        MARGIN + gutter + column * (box_width + gutter)
    };
    let mut bottoms = vec![top; columns];
    for placed in &mut boxes {
        let bottom = &mut bottoms[placed.column];
        (placed.x, placed.y) = (x_of(placed.column), *bottom);
        *bottom += placed.height + BETWEEN;
    }
    let lanes = targets.iter().zip(0..).filter_map(|((name, is_held), number)| {
        let target = targets.iter().position(|(one, _)| one == name)?;
        let is_shared = targets.iter().filter(|(one, _)| one == name).count() > 1;
        let way = Way {
            target,
            // Two heads fit one above the other.
            head: HEADING / 2
                + match (is_shared, is_held) {
                    (false, _) => 0,
                    (true, true) => -5,
                    (true, false) => 5,
                },
            x: (0..columns)
                .map(|column| x_of(column) - gutter + BEFORE_LANES + number * LANE)
                .collect(),
            y: MARGIN + TITLE + number * LANE - BETWEEN / 2,
        };
        way.lane(&boxes, name, *is_held)
    });
    Plan {
        width: x_of(columns.saturating_sub(1)) + box_width + MARGIN,
        height: bottoms.iter().max().copied().unwrap_or(top) - BETWEEN + MARGIN,
        box_width,
        lanes: lanes.collect(),
        boxes,
    }
}

/// What refers to what within the schema.
fn within(schema: &Schema) -> impl Iterator<Item = (&Relation, &Reference)> {
    schema.relations.iter().flat_map(|relation| {
        let inside = |to: &&Reference| to.to.schema == relation.name.schema;
        relation.references.iter().filter(inside).map(move |to| (relation, to))
    })
}

impl<'a> Placed<'a> {
    fn new(relation: &'a Relation) -> Self {
        let mut columns: Vec<_> = relation.columns.iter().collect();
        let place = |name: &str| relation.key.iter().position(|key| key == name);
        // A stable sort: the key in its order, then the others in theirs.
        columns.sort_by_key(|column| place(&column.name).unwrap_or(usize::MAX));
        let lines: Vec<Line<'_>> = columns
            .into_iter()
            .map(|column| Line {
                name: &column.name,
                is_key: place(&column.name).is_some(),
                data_type: short(&column.data_type),
                elsewhere: relation
                    .references
                    .iter()
                    .filter(|to| to.to.schema != relation.name.schema)
                    .find(|to| to.columns.last() == Some(&column.name))
                    .map(|to| &to.to),
            })
            .collect();
        let count = i32::try_from(lines.len()).unwrap_or(0);
        Self { relation, x: 0, y: 0, height: HEADING + count * LINE + FOOT, lines, column: 0 }
    }

    fn needed_width(&self) -> i32 {
        let heading = self.relation.name.relation.chars().count() + 16;
        let line = |line: &Line<'_>| {
            let elsewhere = line.elsewhere.map_or(0, |name| name.to_string().chars().count() + 3);
            line.name.chars().count() + line.data_type.chars().count() + elsewhere + 6
        };
        let characters = self.lines.iter().map(line).max().unwrap_or(0).max(heading);
        i32::try_from(characters).unwrap_or(0) * CHARACTER / 10
    }

    /// The middle of a column's line.
    fn y_of(&self, column: &str) -> i32 {
        let line = self.lines.iter().zip(0..).find(|(line, _)| line.name == column);
        self.y + HEADING + line.map_or(0, |(_, number)| number) * LINE + LINE / 2
    }
}

/// Sets the column of each table, in order, so that no column is taller than it must be.
fn into_columns(boxes: &mut [Placed<'_>], box_width: i32) -> usize {
    let total: i32 = boxes.iter().map(|placed| placed.height + BETWEEN).sum();
    // About as wide as a screen is: a table and its gutter are some 4 : 3 to as much height.
    let most = (1..=4).find(|count| total / count <= count * box_width).unwrap_or(4);
    let mut limit = boxes.iter().map(|placed| placed.height + BETWEEN).max().unwrap_or(0);
    limit = limit.max(total / most);
    loop {
        let (mut column, mut filled) = (0, 0);
        for placed in &mut *boxes {
            if filled > 0 && filled + placed.height + BETWEEN > limit {
                (column, filled) = (column + 1, 0);
            }
            filled += placed.height + BETWEEN;
            placed.column = column;
        }
        if i32::try_from(column).is_ok_and(|column| column < most) {
            return column + 1;
        }
        limit += LINE;
    }
}

/// Where a lane is: in each gutter, in the strip above, and below the top of the table that it leads to.
struct Way {
    target: usize,
    head: i32,
    x: Vec<i32>,
    y: i32,
}

impl Way {
    fn lane(&self, boxes: &[Placed<'_>], name: &Name, is_held: bool) -> Option<Lane> {
        let to = boxes.iter().find(|placed| placed.relation.name == *name)?;
        let (target, head) = (self.target, (to.x, to.y + self.head));
        let mut lane = Lane { target, is_held, head, ..Lane::default() };
        // What meets in each gutter.
        let mut heights: Vec<Vec<i32>> = vec![Vec::new(); self.x.len()];
        let mut reach = |placed: &Placed<'_>, y: i32, pieces: &mut Vec<[(i32, i32); 2]>| {
            pieces.push([(self.x[placed.column], y), (placed.x, y)]);
            heights[placed.column].push(y);
        };
        reach(to, lane.head.1, &mut lane.pieces);
        for from in boxes {
            for reference in &from.relation.references {
                if reference.to == *name && reference.is_held == is_held {
                    let y = from.y_of(reference.columns.last()?);
                    reach(from, y, &mut lane.pieces);
                    lane.tails.push(((from.x, y), from.relation.key != reference.columns));
                }
            }
        }
        let used: Vec<usize> = (0..self.x.len()).filter(|&at| !heights[at].is_empty()).collect();
        let is_wide = used.len() > 1;
        for &gutter in &used {
            let ends = heights[gutter].iter().copied().chain(is_wide.then_some(self.y));
            let (lowest, highest) = (ends.clone().min()?, ends.max()?);
            lane.pieces.push([(self.x[gutter], lowest), (self.x[gutter], highest)]);
        }
        if let (true, Some(first), Some(last)) = (is_wide, used.first(), used.last()) {
            lane.pieces.push([(self.x[*first], self.y), (self.x[*last], self.y)]);
        }
        Some(lane)
    }
}

/// Types as people write them.
fn short(data_type: &str) -> String {
    data_type
        .replace("timestamp with time zone", "timestamptz")
        .replace("timestamp without time zone", "timestamp")
        .replace("character varying", "varchar")
        .replace("double precision", "float8")
}

#[cfg(test)]
pub(super) mod tests {
    use database::{Column, Comment, RelationKind};

    use super::*;

    pub(in super::super) fn column(name: &str, data_type: &str, english: &str) -> Column {
        Column {
            name: name.into(),
            data_type: data_type.into(),
            is_nullable: false,
            comment: Comment { english: english.into(), chinese: String::new() },
        }
    }

    pub(in super::super) fn relation(name: &str, key: &[&str], columns: &[&str]) -> Relation {
        Relation {
            name: Name { schema: "etl".into(), relation: name.into() },
            kind: RelationKind::Table,
            comment: Comment::default(),
            columns: columns.iter().map(|name| column(name, "text", "")).collect(),
            key: key.iter().map(|&name| name.into()).collect(),
            references: Vec::new(),
        }
    }

    fn referring(mut from: Relation, to: &str, column: &str, is_held: bool) -> Relation {
        let to = Name { schema: "etl".into(), relation: to.into() };
        from.references.push(Reference { to, columns: vec![column.into()], is_held });
        from
    }

    /// A schema with `count` tables that refer to one, and some more that refer to another.
    fn schema(count: usize) -> Schema {
        let many = (0..count).map(|at| {
            let columns: Vec<String> = (0..at % 7 * 4).map(|n| format!("column_{n}")).collect();
            let columns: Vec<&str> =
                ["run_id", "item_id"].into_iter().chain(columns.iter().map(|c| &**c)).collect();
            let table = relation(&format!("t{at}"), &["item_id"], &columns);
            let table = referring(table, "run", "run_id", true);
            match at % 3 {
                0 => referring(table, "t1", "item_id", false),
                1 => referring(table, "run", "item_id", false),
                _ => table,
            }
        });
        Schema {
            name: "etl".into(),
            comment: Comment::default(),
            relations: many.chain([relation("run", &["run_id"], &["run_id", "state"])]).collect(),
            functions: Vec::new(),
        }
    }

    #[test]
    fn no_table_lies_on_another_and_no_line_crosses_one() {
        for count in [1, 2, 5, 19, 40] {
            let schema = schema(count);
            let plan = plan(&schema);
            assert_eq!(plan.boxes.len(), count + 1);
            for (at, one) in plan.boxes.iter().enumerate() {
                let right = one.x + plan.box_width;
                assert!(right < plan.width && one.y + one.height < plan.height, "in the picture");
                for other in &plan.boxes[at + 1..] {
                    let is_beside = right <= other.x || other.x + plan.box_width <= one.x;
                    let is_above = one.y + one.height <= other.y || other.y + other.height <= one.y;
                    assert!(is_beside || is_above, "{count}: two tables in one place");
                }
                for [from, to] in plan.lanes.iter().flat_map(|lane| &lane.pieces) {
                    let is_beside = to.0.max(from.0) <= one.x || right <= from.0.min(to.0);
                    let is_above =
                        to.1.max(from.1) <= one.y || one.y + one.height <= from.1.min(to.1);
                    assert!(is_beside || is_above, "{count}: {from:?} to {to:?} crosses a table");
                }
            }
        }
    }

    #[test]
    fn lines_of_different_tables_never_lie_on_each_other() {
        let schema = schema(19);
        let plan = plan(&schema);
        assert_eq!(plan.lanes.len(), 3, "of two tables one is referred to in both ways");
        let is_upright = |piece: &[(i32, i32); 2]| piece[0].0 == piece[1].0;
        let overlap = |a: (i32, i32), b: (i32, i32)| {
            a.0.min(a.1) < b.0.max(b.1) && b.0.min(b.1) < a.0.max(a.1)
        };
        let pieces = |lane: usize| plan.lanes[lane].pieces.iter();
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            for (a, b) in pieces(one).flat_map(|a| pieces(other).map(move |b| (a, b))) {
                let lie_on_each_other = match (is_upright(a), is_upright(b)) {
                    (true, true) => a[0].0 == b[0].0 && overlap((a[0].1, a[1].1), (b[0].1, b[1].1)),
                    (false, false) => {
                        a[0].1 == b[0].1 && overlap((a[0].0, a[1].0), (b[0].0, b[1].0))
                    }
                    _ => false,
                };
                assert!(!lie_on_each_other, "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn each_line_ends_at_both_tables() {
        let schema = schema(5);
        let plan = plan(&schema);
        let run = plan.boxes.iter().find(|placed| placed.relation.name.relation == "run").unwrap();
        let lane = plan.lanes.iter().find(|lane| lane.is_held).unwrap();
        assert_eq!((lane.head, lane.tails.len()), ((run.x, run.y + HEADING / 2 - 5), 5));
        assert!(lane.tails.iter().all(|(_, is_many)| *is_many));
        let by_name = plan.lanes.iter().find(|lane| !lane.is_held).unwrap();
        assert_eq!((by_name.target, by_name.head.1), (lane.target, lane.head.1 + 10));
        assert!(by_name.tails.iter().all(|(_, is_many)| !is_many), "item_id is their own key too");
    }
}
