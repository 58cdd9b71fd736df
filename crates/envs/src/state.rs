//! The bytes of a saved environment: a tag, whose state it is, then numbers in a fixed order.

use crate::random::Stream;
use crate::time_limit::TimeLimit;
use crate::{EnvError, Spec};

const TAG: &[u8; 11] = b"coadapt-env";
const FORMAT: u8 = 1;
/// Mark that is written for the elapsed steps while there is no episode.
const NO_EPISODE: u64 = u64::MAX;

/// Appends a state: the heading when made, then what it is given.
pub struct StateWriter<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> StateWriter<'a> {
    /// Writes the heading: tag, format, task, simulator version.
    pub fn new(out: &'a mut Vec<u8>, spec: &Spec) -> Self {
        out.extend_from_slice(TAG);
        out.push(FORMAT);
        let mut writer = StateWriter { out };
        writer.text(&spec.id);
        writer.text(spec.mujoco.as_deref().unwrap_or(""));
        writer
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Writes a whole number.
    pub fn number(&mut self, value: u64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes the floats, to the bit.
    pub fn floats(&mut self, values: &[f64]) {
        self.number(values.len() as u64);
        values.iter().for_each(|value| self.number(value.to_bits()));
    }

    /// Writes a random stream.
    pub fn stream(&mut self, stream: &Stream) {
        let (seed, words) = stream.position();
        self.number(seed);
        self.number(words);
    }

    /// Writes a clock.
    pub fn clock(&mut self, clock: &TimeLimit) {
        self.number(clock.elapsed().map_or(NO_EPISODE, u64::from));
    }
}

/// Reads a state back in the order it was written, refusing whatever does not fit.
pub struct StateReader<'a> {
    rest: &'a [u8],
    id: &'a str,
}

impl<'a> StateReader<'a> {
    /// Reads the heading and refuses the state of another task or simulator.
    pub fn new(state: &'a [u8], spec: &'a Spec) -> Result<Self, EnvError> {
        let mut reader = StateReader { rest: state, id: &spec.id };
        if reader.bytes(TAG.len())? != TAG {
            return Err(reader.refuse("it was not written by a coadapt environment".to_owned()));
        }
        let format = reader.bytes(1)?[0];
        if format != FORMAT {
            return Err(reader.refuse(format!("it has format {format}, and this program reads {FORMAT}")));
        }
        let id = reader.text()?;
        if id != spec.id {
            return Err(reader.refuse(format!("it is a state of '{id}'")));
        }
        let (found, expected) = (reader.text()?, spec.mujoco.as_deref().unwrap_or(""));
        if found != expected {
            return Err(reader.refuse(format!("it was saved with MuJoCo {found}, and this is {expected}")));
        }
        Ok(reader)
    }

    fn refuse(&self, problem: String) -> EnvError {
        EnvError::State { id: self.id.to_owned(), problem }
    }

    fn bytes(&mut self, n: usize) -> Result<&'a [u8], EnvError> {
        match self.rest.split_at_checked(n) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(self.refuse(format!("it is cut short by {} bytes or more", n - self.rest.len()))),
        }
    }

    fn text(&mut self) -> Result<String, EnvError> {
        let length = self.number()?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(String::from_utf8_lossy(self.bytes(length)?).into_owned())
    }

    /// Reads a whole number.
    pub fn number(&mut self) -> Result<u64, EnvError> {
        let mut word = [0; 8];
        word.copy_from_slice(self.bytes(8)?);
        Ok(u64::from_le_bytes(word))
    }

    /// Reads floats, refusing another number of them than `expected`.
    pub fn floats(&mut self, expected: usize) -> Result<Vec<f64>, EnvError> {
        let found = self.number()?;
        if found != expected as u64 {
            return Err(self.refuse(format!("it holds {found} numbers where {expected} belong")));
        }
        (0..expected).map(|_| self.number().map(f64::from_bits)).collect()
    }

    /// Reads a random stream.
    pub fn stream(&mut self) -> Result<Stream, EnvError> {
        let (seed, words) = (self.number()?, self.number()?);
        Ok(Stream::at(seed, words))
    }

    /// Reads a clock with the limit of `clock`.
    pub fn clock(&mut self, clock: &TimeLimit) -> Result<TimeLimit, EnvError> {
        let elapsed = match self.number()? {
            NO_EPISODE => None,
            steps => Some(
                u32::try_from(steps).map_err(|_| self.refuse(format!("it claims {steps} elapsed steps")))?,
            ),
        };
        Ok(clock.with_elapsed(elapsed))
    }

    /// Refuses a state that goes on.
    pub fn end(self) -> Result<(), EnvError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.refuse(format!("it has {} bytes too many", self.rest.len())))
    }
}
