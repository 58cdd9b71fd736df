//! What an override may do, and the sentences for what it may not.

use crate::method::Method;
use crate::paper;

fn refused(path: &str, value: &str) -> String {
    let mut method = paper::sac();
    let before = method.clone();
    let message = method.set(path, value).unwrap_err().to_string();
    assert_eq!(method, before, "a refused override must leave no trace");
    message
}

#[test]
fn an_override_changes_one_place() {
    let mut method = paper::sac();
    let before = method.clone();
    method.set("estimate.critics", "single").unwrap();
    assert_eq!(method.estimate.critics, crate::columns::Critics::Single);
    method.set("estimate.critics", "{ kind = \"mix\", lambda = 0.75 }").unwrap();
    method.estimate = before.estimate;
    assert_eq!(method, before);
    method.set("code.policy_sizes", "[64, 32]").unwrap();
    assert_eq!(method.code.policy_sizes, [64, 32]);
    method.set("collect.capacity", "1e5").unwrap();
    assert_eq!(method.collect.capacity(), Some(100_000));
    method.set("code.policy_lr", "1").unwrap();
    assert_eq!(method.code.policy_lr, 1.0);
    method.set("pi_q.eta", "{ kind = \"fixed\", value = 0.2 }").unwrap();
    assert_eq!(method.pi_q.eta(), Some(crate::columns::Eta::Fixed { value: 0.2 }));
    method.set("code.layer_norm", "true").unwrap();
    assert!(method.code.layer_norm);
}

#[test]
fn several_overrides_are_checked_together() {
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
    };
    let mut method = paper::sac();
    // The batch alone would not fit the replay as it was.
    let both = [("collect.batch", "2e6"), ("collect.capacity", "4e6")];
    method.set_all(&pairs(&both)).unwrap();
    assert_eq!((method.collect.batch(), method.collect.capacity()), (2_000_000, Some(4_000_000)));
    let before = method.clone();
    assert!(method.set_all(&pairs(&[("collect.batch", "64"), ("collect.warmup", "x")])).is_err());
    assert_eq!(method, before);
}

#[test]
fn numbers_must_survive_in_f32() {
    assert!(refused("code.policy_lr", "1e-60").contains("f32"));
    assert!(refused("estimate.discount", "0.999999999999").contains("below 1"));
    assert!(refused("code.policy_lr", "inf").contains("not a finite number"));
}

#[test]
fn wrong_overrides_are_sentences() {
    assert_eq!(
        refused("estimate.critic", "single"),
        "`estimate.critic`: there is no `critic` (did you mean `critics`?); here there is: critics, discount, next, score, smoothing, target, time_limits"
    );
    assert!(
        refused("nothing", "1")
            .contains("here there is: code, collect, estimate, family, g, pi, pi_p, pi_q, schedule")
    );
    assert!(refused("code.policy_lr.x", "1").contains("here there is: nothing further"));
    assert!(refused("estimate.critics", "triple").contains("`single`, `twin`, `mean`, `mix`"));
    assert_eq!(
        refused("estimate.critics", "twin"),
        "`estimate.critics` is twin already: the override changes nothing"
    );
    assert!(refused("collect.batch", "many").contains("`collect.batch` cannot be many"));
    assert!(refused("collect.batch", "2.5").contains("whole number"));
    assert_eq!(refused("collect.batch", "0"), "`collect.batch` is 0, but must be at least 1");
    assert!(refused("code.policy_lr", "-1").contains("must be a number above 0"));
    assert!(refused("code.policy_lr", "nan").contains("code.policy_lr"));
    assert!(refused("code.policy_sizes", "[]").contains("a list of layer sizes"));
    assert!(refused("pi_q.eta", "{ kind = \"fixed\", value = 0.2, more = 1 }").contains("more"));
    let alone = refused("pi_q.eta.kind", "fixed");
    assert!(
        alone.starts_with("`pi_q.eta.kind` cannot be fixed: that choice has other numbers (")
            && alone.ends_with("; set pi_q.eta as a whole: pi_q.eta={ kind = ..., ... }"),
        "{alone}"
    );
    assert!(refused("code", "3").contains("`code` cannot be 3"));
}

#[test]
fn an_override_of_several_components_is_refused_by_their_names() {
    assert_eq!(
        refused(
            "pi",
            "{ head = { kind = \"normal\", mean = \"linear\", std = { kind = \"learned\" } }, bounds = { kind = \"none\" }, penalty = { kind = \"off\" } }"
        ),
        "`pi` would change 2 components at once (pi.bounds, pi.head.std); give each an override of its own"
    );
    let estimate =
        "{ discount = 0.95, target = { kind = \"td\" }, critics = { kind = \"single\" }, next = \"online\" }";
    assert!(
        refused("estimate", estimate).contains("2 components at once (estimate.critics, estimate.discount)")
    );
    // Of another kind, and with another temperature on the way.
    let analytic = "{ update = \"analytic\", eta = { kind = \"fixed\", value = 1 }, weights = { kind = \"per_state\" }, baseline = \"none\" }";
    assert!(refused("pi_q", analytic).contains("(pi_q, pi_q.eta)"));
}

#[test]
fn a_component_may_be_replaced_with_its_numbers() {
    let changed = |algo: fn() -> Method, path: &str, value: &str| -> Vec<String> {
        let mut method = algo();
        method.set(path, value).unwrap();
        method.changes(&algo()).into_iter().map(|change| change.path).collect()
    };
    let samples = "{ kind = \"samples\", samples = 5, epsilon = 0.1, initial_raw = 2, lr = 0.5 }";
    assert_eq!(changed(paper::mpo, "pi.penalty", samples), ["pi.penalty"]);
    assert_eq!(changed(paper::sac, "pi_p", "{ update = \"lagged\", period = 7 }"), ["pi_p"]);
    // A whole table in which one component differs.
    let estimate =
        "{ discount = 0.99, target = { kind = \"td\" }, critics = { kind = \"single\" }, next = \"online\" }";
    assert_eq!(changed(paper::sac, "estimate", estimate), ["estimate.critics"]);
    assert_eq!(changed(paper::mpo, "pi_p.trust_region", "off"), ["pi_p.trust_region"]);
    assert_eq!(changed(paper::mpo, "pi_p.trust_region.mean", "0.5"), ["pi_p.trust_region"]);
    assert_eq!(changed(paper::sac, "pi.head", "softmax"), ["pi.head"]);
}

#[test]
fn layers_that_no_memory_would_hold_are_refused() {
    let told = refused("code.critic_sizes", "[65536, 65536, 65536]");
    assert_eq!(
        told,
        "`code.critic_sizes` is [65536, 65536, 65536], 17179869184 weights between layers in two critics, but must be \
         a list of layer sizes with at most 100000000 weights between layers"
    );
    assert!(refused("code.policy_sizes", "[20000, 6000]").contains("120000000 weights between layers, but"));
    // One critic may have what two may not.
    assert!(refused("code.critic_sizes", "[8000, 8000]").contains("in two critics"));
    paper::mpo().set("code.critic_sizes", "[8000, 8000]").unwrap();
}

#[test]
fn what_was_moved_is_told_where_it_is() {
    assert_eq!(refused("schedule.batch", "64"), "`schedule.batch` is `collect.batch` now");
    assert_eq!(
        refused("schedule.iteration.every", "9"),
        "`schedule.iteration.every` is `collect.iteration.every` now"
    );
    assert!(refused("schedule.batches", "64").contains("there is no `batches`"));
}
