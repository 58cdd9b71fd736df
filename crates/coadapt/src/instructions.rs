//! Holding this program to an instruction set lower than the processor's, for measurements and tests.

use anyhow::{Context, Result, anyhow};
use coadapt_nn::Isa;

/// The environment variable that holds every command to an instruction set.
pub const VARIABLE: &str = "COADAPT_ISA";

/// The instruction set of that name, or a sentence why programs cannot run with it here.
pub fn named(name: &str) -> Result<Isa> {
    let isa = Isa::named(name)
        .ok_or_else(|| anyhow!("{name:?} is no instruction set: plain, avx2 and avx512 are"))?;
    let best = Isa::detect();
    if isa > best {
        return Err(anyhow!("this processor has no {name}: it goes up to {}", best.name()));
    }
    Ok(isa)
}

/// Holds the program to what [`VARIABLE`] says, if it says anything.
pub fn hold_from_environment() -> Result<()> {
    let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) else { return Ok(()) };
    let isa = named(&value.to_string_lossy()).with_context(|| format!("{VARIABLE} cannot be used"))?;
    hold(isa);
    Ok(())
}

/// Holds the program to an instruction set that [`named`] gave.
pub fn hold(isa: Isa) {
    // The processor has it, or `named` would have refused.
    let _ = isa.hold();
}
