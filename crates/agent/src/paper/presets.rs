//! What the paper exchanges as a whole under one name: sizes (Table 5), architectures (Tables 16 to 21).

use crate::code::{Code, Ingest, InputNorm};
use crate::collect::Collect;
use crate::method::Method;
use crate::paper;
use crate::paper::sizes::{LARGE, MEDIUM, SMALL, Sizes};
use coadapt_envs::Spec;

/// The path of an architecture, whose value is the algorithm that it is taken from.
pub(crate) const ARCH: &str = "code.arch";
/// The path of sizes, whose value is S, M or L.
pub(crate) const SIZES: &str = "code.sizes";
/// The paths whose values are names of several code details; they are nothing that a method keeps.
pub(crate) const PRESETS: [&str; 2] = [ARCH, SIZES];

/// The code details of `method` with what `name` stands for at `path`, or why it stands for nothing.
pub(crate) fn code(method: &Method, path: &str, name: &str, task: Option<&Spec>) -> Result<Code, String> {
    if path == SIZES {
        return sized(&method.code, name);
    }
    let task = task.ok_or("an architecture has numbers that go with a task, and none is given")?;
    let other = paper::method(name, task).map_err(|error| error.to_string())?;
    let mut code = method.code.with_architecture_of(&other.code);
    let over_data = matches!(method.collect, Collect::Episodes { .. });
    if let (InputNorm::Running { ingest, .. }, false) = (&mut code.input_norm, over_data) {
        // A row that learns from batches has no iterations at which to take in what was stored.
        *ingest = Ingest::Each;
    }
    Ok(code)
}

fn sized(code: &Code, name: &str) -> Result<Code, String> {
    let sizes = [SMALL, MEDIUM, LARGE].into_iter().find(|sizes| sizes.name.eq_ignore_ascii_case(name));
    let Sizes { policy, critic, .. } = sizes.ok_or(
        "the sizes of Table 5 are S, M and L; code.policy_sizes and code.critic_sizes take lists of sizes",
    )?;
    Ok(Code { policy_sizes: policy.to_vec(), critic_sizes: critic.to_vec(), ..code.clone() })
}

#[cfg(test)]
mod tests {
    use crate::paper;

    fn refused(path: &str, value: &str) -> String {
        paper::sac().set(path, value).unwrap_err().to_string()
    }

    #[test]
    fn sizes_have_the_names_of_table_5() {
        let mut method = paper::sac();
        method.set("code.sizes", "S").unwrap();
        assert_eq!(
            (&method.code.policy_sizes[..], &method.code.critic_sizes[..]),
            (&[128, 64][..], &[128, 64][..])
        );
        method.set("code.sizes", "\"l\"").unwrap();
        assert_eq!(method.code.policy_sizes, [256, 256, 256]);
        assert_eq!(method.code.critic_sizes, [512, 512, 256]);
        assert_eq!(refused("code.sizes", "M"), "`code.sizes` is M already: the override changes nothing");
        assert!(refused("code.sizes", "XL").contains("S, M and L"));
        assert!(refused("code.size", "S").contains("did you mean `sizes`?"));
        assert!(refused("code.sizes.policy", "S").contains("there is no `sizes`"));
    }

    #[test]
    fn an_architecture_goes_with_a_task() {
        assert!(refused("code.arch", "mpo").contains("numbers that go with a task"));
        let action = coadapt_envs::ActionSpace::boxed(3, -1.0, 1.0);
        let id = "Hopper-v2".to_owned();
        let task = coadapt_envs::Spec::new(id, 11, action, 1000);
        let told = |overrides: &[(&str, &str)]| {
            let overrides: Vec<_> =
                overrides.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
            paper::resolve("sac", &task, &overrides)
        };
        let refusal = |value: &str| told(&[("code.arch", value)]).unwrap_err().to_string();
        assert!(
            refusal("sca")
                .contains("`code.arch` cannot be sca: there is no algorithm `sca` (did you mean `sac`?)")
        );
        assert_eq!(refusal("sac"), "`code.arch` is sac already: the override changes nothing");
        // AWAC's networks are SAC's; its weight decay is not a part of the architecture.
        assert!(refusal("awac").contains("changes nothing"));
        // Wider ones first, in whatever order they are typed.
        let overrides = [("code.policy_lr", "1"), ("code.sizes", "S"), ("code.arch", "mpo")];
        let expected = told(&[("code.arch", "mpo"), ("code.sizes", "S"), ("code.policy_lr", "1")]).unwrap();
        assert_eq!(told(&overrides).unwrap(), expected);
        assert_eq!((expected.code.policy_lr, expected.code.critic_lr), (1.0, 1e-4));
        assert_eq!(expected.code.policy_sizes, [128, 64]);
        assert!(expected.code.layer_norm);
    }
}
