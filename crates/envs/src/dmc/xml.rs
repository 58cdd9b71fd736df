//! Editing the text of a model: finding a body by its name, cutting it out, adding to it.
//!
//! The models are pinned by checksum, so this reads what they hold and no XML at large.

use std::ops::Range;

/// Where the body called `name` stands, tags included.
pub(super) fn body_span(xml: &str, name: &str) -> Result<Range<usize>, String> {
    const OPEN: &str = "<body ";
    const CLOSE: &str = "</body>";
    let head = format!("{OPEN}name=\"{name}\"");
    let start = xml.find(&head).ok_or_else(|| format!("it has no body '{name}'"))?;
    let (mut depth, mut at) = (0, start);
    loop {
        let rest = &xml[at..];
        let close = rest.find(CLOSE).ok_or_else(|| format!("its body '{name}' does not end"))?;
        match rest.find(OPEN) {
            Some(open) if open < close => {
                depth += 1;
                at += open + OPEN.len();
            }
            _ => {
                depth -= 1;
                at += close + CLOSE.len();
                if depth == 0 {
                    return Ok(start..at);
                }
            }
        }
    }
}

/// Cuts out the body called `name`.
pub(super) fn without_body(mut xml: String, name: &str) -> Result<String, String> {
    let span = body_span(&xml, name)?;
    xml.replace_range(span, "");
    Ok(xml)
}

/// Adds `text` at the end of what is inside the body called `name`.
pub(super) fn with_appended(mut xml: String, name: &str, text: &str) -> Result<String, String> {
    let span = body_span(&xml, name)?;
    xml.insert_str(span.end - "</body>".len(), text);
    Ok(xml)
}

/// Adds `text` at the end of the model.
pub(super) fn with_sections(mut xml: String, text: &str) -> Result<String, String> {
    let end = xml.rfind("</mujoco>").ok_or("it does not end")?;
    xml.insert_str(end, text);
    Ok(xml)
}

/// Multiplies the positions of the cameras that track a centre of mass.
pub(super) fn with_cameras_moved_back(xml: &str, scale: f64) -> String {
    let scaled = |line: &str| {
        let (before, rest) = line.split_once("pos=\"")?;
        let (numbers, after) = rest.split_once('"')?;
        let numbers: Option<Vec<f64>> = numbers.split_whitespace().map(|n| n.parse().ok()).collect();
        let numbers: Vec<_> = numbers?.iter().map(|n| (n * scale).to_string()).collect();
        Some(format!("{before}pos=\"{}\"{after}", numbers.join(" ")))
    };
    let lines = xml.lines().map(|line| {
        let moved = line.contains("mode=\"trackcom\"").then(|| scaled(line)).flatten();
        moved.unwrap_or_else(|| line.to_owned()) + "\n"
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "<mujoco><body name=\"a\"><geom/><body name=\"b\"><site/></body></body>\
                         <body name=\"c\"/></body></mujoco>";

    #[test]
    fn a_body_is_cut_out_with_what_it_holds() {
        let cut = without_body(MODEL.to_owned(), "a").unwrap();
        assert_eq!(cut, "<mujoco><body name=\"c\"/></body></mujoco>");
        let inner = without_body(MODEL.to_owned(), "b").unwrap();
        assert!(inner.contains("<geom/></body>") && !inner.contains("<site/>"));
        assert_eq!(without_body(MODEL.to_owned(), "d").unwrap_err(), "it has no body 'd'");
        assert!(without_body("<body name=\"a\">".to_owned(), "a").is_err());
    }

    #[test]
    fn text_is_added_at_the_end_of_a_body_and_of_the_model() {
        let added = with_appended(MODEL.to_owned(), "a", "<new/>").unwrap();
        assert!(added.contains("</body><new/></body>"), "{added}");
        assert!(with_sections(MODEL.to_owned(), "<new/>").unwrap().ends_with("<new/></mujoco>"));
    }

    #[test]
    fn only_cameras_that_track_are_moved() {
        let line = "<camera pos=\"0 -.2 .5\" xyaxes=\"1 0 0\" mode=\"trackcom\"/>\n<camera pos=\"1 1 1\"/>\n";
        let moved = with_cameras_moved_back(line, 2.5);
        assert_eq!(
            moved,
            "<camera pos=\"0 -0.5 1.25\" xyaxes=\"1 0 0\" mode=\"trackcom\"/>\n<camera pos=\"1 1 1\"/>\n"
        );
    }
}
