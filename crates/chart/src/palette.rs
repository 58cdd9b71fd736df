//! Style and colours of pictures, and how many series one picture can tell apart.

/// The style sheet of the classes in a picture; a page and a file both need it.
pub const STYLE: &str = include_str!("chart.css");
/// The colours of a picture that stands alone.
const ALONE: &str = include_str!("alone.css");

/// Colours that tell arms apart for every eye; more arms than this are drawn in several pictures.
pub const COLOURS: usize = 8;

/// Names and values of the colours of a picture that stands alone.
pub(crate) fn colours() -> impl Iterator<Item = (&'static str, &'static str)> {
    let inner = ALONE.split(['{', '}']).nth(1).unwrap_or_default();
    inner.split(';').filter_map(|pair| pair.trim().split_once(':'))
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
