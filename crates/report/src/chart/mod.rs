//! A picture of the report: its frame, its legend, its colours, as SVG that stands alone or in a page.

pub mod curves;
pub mod intervals;
pub mod profiles;

use std::fmt::{Arguments, Write};

use coadapt_run::curve::axis::Axis;
use coadapt_run::curve::escaped;

/// What the classes of a picture mean; a page and a file both need it.
pub const STYLE: &str = include_str!("chart.css");
/// The colours of a picture that stands alone.
const ALONE: &str = include_str!("alone.css");

/// Colours that tell arms apart for every eye; more arms than this are drawn in several pictures.
pub const COLOURS: usize = 8;
const WIDTH: f64 = 560.0;
const TOP: f64 = 40.0;
const RIGHT: f64 = WIDTH - 14.0;
/// Height of the part with the data.
const PLOT: f64 = 250.0;
const LEGEND_LINE: f64 = 21.0;
/// Room for a character, also where a narrow window makes letters larger.
const CHARACTER: f64 = 8.0;

/// A finished picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The name of its file.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Attributes and contents of the `svg` element, without a style.
    svg: String,
}

impl Chart {
    /// As part of a page, whose style has the colours.
    pub fn inline(&self) -> String {
        format!("<svg {}</svg>", self.svg)
    }

    /// As a file of its own.
    pub fn to_svg(&self) -> String {
        let (attributes, contents) = self.svg.split_once('>').unwrap_or((&self.svg, ""));
        let ground = "<rect width=\"100%\" height=\"100%\" fill=\"var(--ground)\"/>";
        // Written out, since not every program that reads SVG knows variables.
        let with_names = format!("<style>{}</style>\n{ground}", STYLE.trim());
        let styled =
            colours().fold(with_names, |text, (name, colour)| text.replace(&format!("var({name})"), colour));
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {attributes}>\n{styled}{contents}</svg>\n")
    }
}

/// Names and values of the colours of a picture that stands alone.
fn colours() -> impl Iterator<Item = (&'static str, &'static str)> {
    let inner = ALONE.split(['{', '}']).nth(1).unwrap_or_default();
    inner.split(';').filter_map(|pair| pair.trim().split_once(':'))
}

/// A picture as it grows.
struct Drawing {
    text: String,
    height: f64,
    left: f64,
    bottom: f64,
}

impl Drawing {
    /// An empty picture with a plot of `height` and room for labels on its left.
    fn new(height: f64, left: f64) -> Drawing {
        Drawing { text: String::new(), height: TOP + height + 48.0, left, bottom: TOP + height }
    }

    /// One line of markup. Writing to a string does not fail.
    fn put(&mut self, markup: Arguments<'_>) {
        let _ = self.text.write_fmt(markup);
        self.text.push('\n');
    }

    fn title(&mut self, title: &str) {
        self.put(format_args!("<text class=\"title\" x=\"4\" y=\"18\">{}</text>", escaped(title)));
    }

    fn vertical(&mut self, axis: &Axis) {
        let left = self.left;
        for tick in axis.ticks() {
            self.put(format_args!("<path class=\"grid\" d=\"M{left:.1} {:.1}H{RIGHT:.1}\"/>", tick.at));
            self.put(format_args!(
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 7.0,
                tick.at + 4.0,
                tick.label
            ));
        }
    }

    fn horizontal(&mut self, axis: &Axis, label: &str) {
        let (left, bottom) = (self.left, self.bottom);
        for tick in axis.ticks() {
            self.put(format_args!(
                "<path class=\"grid\" d=\"M{:.1} {TOP:.1}V{:.1}\"/>",
                tick.at,
                bottom + 4.0
            ));
            self.put(format_args!(
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                tick.at,
                bottom + 18.0,
                tick.label
            ));
        }
        self.put(format_args!("<path class=\"axis\" d=\"M{left:.1} {bottom:.1}H{RIGHT:.1}\"/>"));
        self.put(format_args!(
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            (left + RIGHT) / 2.0,
            bottom + 37.0,
            escaped(label)
        ));
    }

    /// A legend below the plot, as many names a line as there is room for.
    fn legend(&mut self, names: &[String]) {
        let (mut x, mut y) = (self.left.min(24.0), self.height + 8.0);
        for (series, name) in names.iter().enumerate() {
            let wide = 34.0 + CHARACTER * name.chars().count() as f64;
            if x > 24.0 && x + wide > RIGHT {
                (x, y) = (24.0, y + LEGEND_LINE);
            }
            let name = escaped(name);
            self.put(format_args!(
                "<g class=\"key s{series}\" data-series=\"{series}\"><rect class=\"hit\" x=\"{:.1}\" y=\"{:.1}\" \
                 width=\"{wide:.1}\" height=\"20\"/><path class=\"line\" d=\"M{x:.1} {:.1}h20\"/>",
                x - 4.0,
                y - 13.0,
                y - 4.0
            ));
            self.marker(series, (x + 10.0, y - 4.0));
            self.put(format_args!(
                "<text class=\"name\" x=\"{:.1}\" y=\"{y:.1}\">{name}</text></g>",
                x + 26.0
            ));
            x += wide + 8.0;
        }
        if !names.is_empty() {
            self.height = y + 10.0;
        }
    }

    /// A mark of the shape of a series: colour is not all that tells them apart.
    fn marker(&mut self, series: usize, (x, y): (f64, f64)) {
        match series % 4 {
            0 => self.put(format_args!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.6\"/>")),
            1 => self.put(format_args!(
                "<path class=\"dot\" d=\"M{:.1} {:.1}h6.6v6.6h-6.6z\"/>",
                x - 3.3,
                y - 3.3
            )),
            2 => self.put(format_args!("<path class=\"dot\" d=\"M{x:.1} {:.1}l4.4 7.4h-8.8z\"/>", y - 4.6)),
            _ => self.put(format_args!(
                "<path class=\"dot\" d=\"M{x:.1} {:.1}l4.4 4.6l-4.4 4.6l-4.4-4.6z\"/>",
                y - 4.6
            )),
        }
    }

    fn finish(self, id: &str, title: &str) -> Chart {
        let (height, title_text) = (self.height, escaped(title));
        Chart {
            id: id.to_owned(),
            title: title.to_owned(),
            svg: format!(
                "class=\"chart\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{title_text}\">\n{}",
                self.text
            ),
        }
    }
}

/// The room that labels of the vertical axis take.
fn room_for(axis: &Axis) -> f64 {
    let longest = axis.ticks().iter().map(|tick| tick.label.chars().count()).max().unwrap_or(1);
    14.0 + CHARACTER * longest as f64
}

/// A path through places, one decimal each.
fn path(places: impl Iterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    for (i, (x, y)) in places.enumerate() {
        let _ = write!(text, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    text
}

/// Names of series split into groups that one picture can show: all of them, or else by algorithm, at most
/// [`COLOURS`] each.
pub fn groups(algos: &[&str]) -> Vec<Vec<usize>> {
    if algos.len() <= COLOURS {
        return if algos.is_empty() { Vec::new() } else { vec![(0..algos.len()).collect()] };
    }
    let mut known: Vec<&str> = Vec::new();
    algos.iter().for_each(|algo| {
        if !known.contains(algo) {
            known.push(algo);
        }
    });
    let of = |algo: &&str| (0..algos.len()).filter(|i| algos[*i] == *algo).collect::<Vec<_>>();
    known
        .iter()
        .flat_map(|algo| of(algo).chunks(COLOURS).map(<[usize]>::to_vec).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_arms_are_drawn_by_algorithm() {
        assert_eq!(groups(&["a", "b"]), [vec![0, 1]]);
        let many = ["a", "b", "a", "b", "a", "b", "a", "b", "a"];
        assert_eq!(groups(&many), [vec![0, 2, 4, 6, 8], vec![1, 3, 5, 7]]);
        assert_eq!(groups(&["a"; 20]).iter().map(Vec::len).collect::<Vec<_>>(), [8, 8, 4]);
        assert!(groups(&[]).is_empty());
    }
}
