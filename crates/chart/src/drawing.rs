//! A picture of any kind: its frame, its axes, its legend, as SVG that stands alone or in a page.

use std::fmt::{Arguments, Write};

use crate::axis::Axis;
use crate::escape::escaped;
use crate::palette::{STYLE, colours};

const LEGEND_LINE: f64 = 21.0;

/// The measures of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    width: f64,
    /// Room above the plot.
    pub(crate) top: f64,
    /// Height of the part with the data.
    pub(crate) plot: f64,
    /// Where the plot ends.
    pub(crate) right: f64,
    /// Room for a character, also where a narrow window makes letters larger.
    pub(crate) character: f64,
    /// From a horizontal axis down to its tick labels, and to its own label.
    below: [f64; 2],
    /// From a label to the plot on its right.
    beside: f64,
    /// Where the line of the title stands.
    title: f64,
    /// Whether the title begins where the plot does.
    title_above_plot: bool,
    class: &'static str,
}

impl Frame {
    /// One of several pictures on a page.
    pub const PANEL: Frame = Frame {
        width: 560.0,
        top: 40.0,
        plot: 250.0,
        right: 546.0,
        character: 8.0,
        below: [18.0, 37.0],
        beside: 7.0,
        title: 18.0,
        title_above_plot: false,
        class: "chart",
    };
    /// A picture by itself, with larger letters.
    pub const FIGURE: Frame = Frame {
        width: 720.0,
        top: 52.0,
        plot: 326.0,
        right: 692.0,
        character: 7.8,
        below: [21.0, 47.0],
        beside: 9.0,
        title: 30.0,
        title_above_plot: true,
        class: "chart figure",
    };

    /// The same frame around a plot of another height.
    pub(crate) fn with_plot(self, plot: f64) -> Frame {
        Frame { plot, ..self }
    }

    /// Room that the labels of a vertical axis take.
    pub(crate) fn room_for(&self, axis: &Axis) -> f64 {
        let longest = axis.ticks().iter().map(|tick| tick.label.chars().count()).max().unwrap_or(1);
        2.0 * self.beside + self.character * longest as f64
    }
}

/// A finished picture.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Chart {
    /// The name of its file.
    pub id: String,
    /// What it shows.
    pub title: String,
    width: f64,
    height: f64,
    /// Attributes and contents of the `svg` element, without size and style.
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
        let (width, height, title) = (self.width, self.height, escaped(&self.title));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" {attributes}>\n\
             <title>{title}</title>\n{styled}{contents}</svg>\n"
        )
    }
}

/// A picture as it grows.
pub(crate) struct Drawing {
    pub(crate) frame: Frame,
    text: String,
    pub(crate) height: f64,
    pub(crate) left: f64,
    pub(crate) bottom: f64,
}

impl Drawing {
    /// An empty picture with `left` for labels on its left.
    pub(crate) fn new(frame: Frame, left: f64) -> Drawing {
        let bottom = frame.top + frame.plot;
        Drawing { frame, text: String::new(), height: bottom + frame.below[1] + 11.0, left, bottom }
    }

    /// One line of markup. Writing to a string does not fail.
    pub(crate) fn put(&mut self, markup: Arguments<'_>) {
        let _ = self.text.write_fmt(markup);
        self.text.push('\n');
    }

    /// The line above the plot.
    pub(crate) fn title(&mut self, title: &str) {
        let x = if self.frame.title_above_plot { self.left } else { 4.0 };
        let (y, title) = (self.frame.title, escaped(title));
        self.put(format_args!("<text class=\"title\" x=\"{x}\" y=\"{y}\">{title}</text>"));
    }

    /// A remark at the end of the title's line.
    pub(crate) fn note(&mut self, note: &str) {
        let (x, y, note) = (self.frame.right, self.frame.title, escaped(note));
        self.put(format_args!(
            "<text class=\"note\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"end\">{note}</text>"
        ));
    }

    /// What the vertical axis measures, along it.
    pub(crate) fn vertical_label(&mut self, label: &str) {
        let (y, label) = (self.frame.top + self.frame.plot / 2.0, escaped(label));
        self.put(format_args!(
            "<text class=\"label\" transform=\"translate(22 {y:.1}) rotate(-90)\" text-anchor=\"middle\">{label}</text>"
        ));
    }

    /// The ticks of a vertical axis, each with a line across the plot.
    pub(crate) fn vertical(&mut self, axis: &Axis) {
        let (left, Frame { right, beside, .. }) = (self.left, self.frame);
        for tick in axis.ticks() {
            self.put(format_args!("<path class=\"grid\" d=\"M{left:.1} {:.1}H{right:.1}\"/>", tick.at));
            self.put(format_args!(
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - beside,
                tick.at + 4.0,
                tick.label
            ));
        }
    }

    /// The ticks of a horizontal axis, each with a line across the plot, and what it measures.
    pub(crate) fn horizontal(&mut self, axis: &Axis, label: &str) {
        let (left, bottom, Frame { top, right, below, .. }) = (self.left, self.bottom, self.frame);
        for tick in axis.ticks() {
            self.put(format_args!(
                "<path class=\"grid\" d=\"M{:.1} {top:.1}V{:.1}\"/>",
                tick.at,
                bottom + 4.0
            ));
            self.put(format_args!(
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                tick.at,
                bottom + below[0],
                tick.label
            ));
        }
        self.put(format_args!("<path class=\"axis\" d=\"M{left:.1} {bottom:.1}H{right:.1}\"/>"));
        self.put(format_args!(
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            (left + right) / 2.0,
            bottom + below[1],
            escaped(label)
        ));
    }

    /// A legend below the plot, as many names a line as there is room for.
    pub(crate) fn legend(&mut self, names: &[String]) {
        let (mut x, mut y) = (self.left.min(24.0), self.height + 8.0);
        for (series, name) in names.iter().enumerate() {
            let wide = 34.0 + self.frame.character * name.chars().count() as f64;
            if x > 24.0 && x + wide > self.frame.right {
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
    pub(crate) fn marker(&mut self, series: usize, (x, y): (f64, f64)) {
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

    /// The whole picture.
    pub(crate) fn finish(self, id: &str, title: &str) -> Chart {
        let (Frame { width, class, .. }, height, title_text) = (self.frame, self.height, escaped(title));
        Chart {
            id: id.to_owned(),
            title: title.to_owned(),
            width,
            height,
            svg: format!(
                "class=\"{class}\" viewBox=\"0 0 {width} {height:.0}\" role=\"img\" aria-label=\"{title_text}\">\n{}",
                self.text
            ),
        }
    }
}

/// A path through places, one decimal each.
pub(crate) fn path(places: impl Iterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    for (i, (x, y)) in places.enumerate() {
        let _ = write!(text, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    text
}
