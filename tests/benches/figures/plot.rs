//! The picture: rows a second of each way at the largest scale that has them, as bars.

use std::fmt::Write;

use crate::history::Path;
use crate::report::{Report, figure, spaced};

const LEFT: f64 = 380.0;
const WIDTH: f64 = 420.0;
const STEP: f64 = 26.0;
const TOP: f64 = 48.0;

impl Report {
    /// Of every way one bar, with a line from the least to the most.
    pub(crate) fn picture(&self) -> String {
        let scale = self.scales.iter().max_by_key(|scale| scale.paths.len());
        let people = scale.map_or(0, |scale| scale.people);
        let mut paths: Vec<&Path> = scale.into_iter().flat_map(|it| &it.paths).collect();
        if let Ok(peer) = &self.peer {
            paths.extend(peer.paths());
        }
        let rates = |path: &Path| {
            let (least, most) = path.spread(|run| path.rows / run.wall);
            (least, path.median(|run| path.rows / run.wall), most)
        };
        // What writes nothing is quicker than all that writes: it would make the others small.
        paths.retain(|path| path.rows.is_finite() && !path.way.writes_nothing());
        let longest = paths.iter().map(|path| rates(path).2).fold(1.0, f64::max);
        let height = TOP + STEP * crate::report::count(paths.len() as u64) + 12.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 {height}\" font-family=\"sans-serif\" font-size=\"13\">
<rect width=\"900\" height=\"{height}\" fill=\"white\"/>
<text x=\"16\" y=\"26\" font-size=\"16\">Rows a second, {} people</text>\n",
            spaced(people)
        );
        for (at, path) in paths.iter().enumerate() {
            let y = TOP + STEP * crate::report::count(at as u64);
            let (least, middle, most) = rates(path);
            let x = |rate: f64| LEFT + WIDTH * rate / longest;
            let colour = path.way.colour();
            let line = writeln!(
                svg,
                "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
                 <rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"18\" fill=\"{colour}\"/>\
                 <path d=\"M{:.1} {:.1}H{:.1}\" stroke=\"black\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                LEFT - 8.0,
                y + 14.0,
                path.way.name(),
                x(middle) - LEFT,
                x(least),
                y + 9.0,
                x(most),
                x(most) + 6.0,
                y + 14.0,
                figure(middle)
            );
            line.expect("a string grows");
        }
        svg.push_str("</svg>\n");
        svg
    }
}
