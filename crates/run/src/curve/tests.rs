//! The picture of hard data is still a picture.

use super::*;

fn evaluation(step: u64, returns: &[f64]) -> Evaluation {
    Evaluation { step, returns: returns.to_vec(), length_mean: 1.0 }
}

fn curve(evaluations: &[Evaluation]) -> Curve<'_> {
    let (algo, env, seed, steps) = ("sac", "HalfCheetah-v4", 0, 1_000_000);
    Curve { algo, env, seed, steps, evaluations, diverged_at_step: None }
}

#[test]
fn the_words_are_there() {
    let svg = curve(&[evaluation(500_000, &[-1.0, 1.0]), evaluation(1_000_000, &[4000.0, 6000.0])]).to_svg();
    for word in [
        "SAC on HalfCheetah-v4, seed 0",
        ">environment steps<",
        "evaluation return (mean of 2 episodes, band: ± 1 std)",
        ">1M<",
        ">200k<",
        "last: 5,000 ± 1,000",
    ] {
        assert!(svg.contains(word), "{word} is missing in {svg}");
    }
}

#[test]
fn no_data_gives_a_picture_without_nonsense_in_it() {
    let hard = [
        vec![],
        vec![evaluation(10, &[3.0])],
        vec![evaluation(10, &[3.0]), evaluation(20, &[3.0])],
        vec![evaluation(10, &[-1e308, 1e308]), evaluation(20, &[1e308])],
        vec![evaluation(10, &[f64::NAN]), evaluation(20, &[f64::NEG_INFINITY]), evaluation(30, &[1.0])],
        vec![evaluation(3_000_000, &[-1e-9])],
    ];
    for evaluations in hard {
        let svg = curve(&evaluations).to_svg();
        let geometry: String =
            svg.lines().filter(|line| line.contains(" d=\"") || line.contains("cx=")).collect();
        assert!(!geometry.contains("NaN") && !geometry.contains("inf"), "{geometry}");
        assert_eq!(svg.matches("<circle").count(), curve(&evaluations).means().len());
    }
}

#[test]
fn a_diverged_run_is_marked_and_names_are_escaped() {
    let picture = Curve { diverged_at_step: Some(12_345), env: "a<b&c", ..curve(&[]) };
    let svg = picture.to_svg();
    assert!(
        svg.contains("† diverged at step 12,345") && svg.contains("SAC on a&lt;b&amp;c, seed 0"),
        "{svg}"
    );
}
