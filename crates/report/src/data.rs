//! The small tables that are compiled in: reading their CSV, and which tasks are one but for their version.

/// The rows of a CSV text after its heading; a field may be quoted.
pub fn rows(text: &'static str) -> impl Iterator<Item = Vec<String>> {
    text.lines().skip(1).filter(|line| !line.is_empty()).map(fields)
}

fn fields(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => found.push(String::new()),
            c => {
                if let Some(field) = found.last_mut() {
                    field.push(c);
                }
            }
        }
    }
    found
}

/// A task's name without its version: `Hopper` of `Hopper-v2`.
pub fn family(task: &str) -> &str {
    task.rsplit_once("-v").map_or(task, |(name, _)| name)
}
