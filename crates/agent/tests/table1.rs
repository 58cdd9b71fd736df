//! The taxonomy in code against the paper's Table 1, typed in by hand.

use coadapt_agent::paper::table1::TABLE_1;

#[test]
fn the_rows_print_the_papers_lines() {
    let ours: Vec<String> = TABLE_1.iter().map(|named| format!("{} | {}", named.name, named.row)).collect();
    let paper: Vec<&str> = include_str!("data/table1.txt").lines().collect();
    assert_eq!(ours.len(), paper.len());
    for (ours, paper) in ours.iter().zip(paper) {
        assert_eq!(ours, paper);
    }
}

#[test]
fn a_row_that_does_not_run_names_its_cell() {
    let refusals: Vec<(&str, String)> = TABLE_1
        .iter()
        .filter_map(|named| named.row.lower().err().map(|e| (named.name, e.to_string())))
        .collect();
    let told = |name: &str| refusals.iter().find(|(n, _)| *n == name).map(|(_, e)| e.as_str());
    assert_eq!(told("MPO"), None);
    assert_eq!(told("AWAC"), None);
    assert_eq!(told("SAC"), None);
    assert_eq!(told("AWR"), None);
    assert_eq!(told("DDPG*"), None);
    assert_eq!(told("TD3*"), None);
    assert_eq!(told("TRPO"), None);
    assert_eq!(told("PPO"), None);
    assert_eq!(told("V-MPO"), None);
    assert!(told("REPS").is_some_and(|e| e.starts_with("`pi_p` = π_q")));
    assert!(told("PoWER").is_some_and(|e| e.starts_with("`pi_p` = Analytic")));
}
