//! Critics and policies whose function is known: weights written so that a network is a given quadratic or line.

use coadapt_nn::Params;

fn write(params: &mut Params, name: &str, values: &[f64]) {
    let span = params.span(name).unwrap_or_else(|| panic!("no array `{name}`"));
    assert_eq!(span.shape.len(), values.len(), "{name}");
    params.get_mut(span).iter_mut().zip(values).for_each(|(to, from)| *to = *from as f32);
}

/// -sum_i coefficient_i (direction_i . x)^2 + constant.
#[derive(Debug, Clone)]
pub struct Quadratic {
    pub terms: Vec<(Vec<f64>, f64)>,
    pub constant: f64,
    /// The largest |direction . x| that is asked for.
    pub reach: f64,
}

impl Quadratic {
    pub fn at(&self, x: &[f64]) -> f64 {
        let dot = |direction: &Vec<f64>| direction.iter().zip(x).map(|(d, x)| d * x).sum::<f64>();
        self.constant - self.terms.iter().map(|(direction, c)| c * dot(direction).powi(2)).sum::<f64>()
    }

    /// Makes the network `name` of one layer of ReLUs this function, each of its copies.
    ///
    /// Each square is a chain of chords between knots h apart: it is c h^2 / 4 low at most, c h^2 / 6 on average,
    /// and its slope is right to c h.
    pub fn write(&self, params: &mut Params, name: &str) {
        let bias = params.span(&format!("{name}.0.bias")).unwrap();
        let (groups, units, inputs) = (bias.shape.groups, bias.shape.cols, self.terms[0].0.len());
        let knots = units / (2 * self.terms.len());
        assert_eq!(units, knots * 2 * self.terms.len(), "units for {} terms", self.terms.len());
        let h = self.reach / knots as f64;
        let (mut weight, mut shift, mut out) =
            (vec![0.0; inputs * units], vec![0.0; units], vec![0.0; units]);
        let mut unit = 0;
        for (direction, coefficient) in &self.terms {
            for sign in [1.0, -1.0] {
                for knot in 0..knots {
                    direction.iter().enumerate().for_each(|(i, d)| weight[i * units + unit] = sign * d);
                    shift[unit] = -h * knot as f64;
                    out[unit] = -coefficient * h * if knot == 0 { 1.0 } else { 2.0 };
                    unit += 1;
                }
            }
        }
        let lift = self.terms.iter().map(|(_, c)| c * h * h / 6.0).sum::<f64>();
        let twice = |values: Vec<f64>| values.repeat(groups);
        write(params, &format!("{name}.0.weight"), &twice(weight));
        write(params, &format!("{name}.0.bias"), &twice(shift));
        write(params, &format!("{name}.1.weight"), &twice(out));
        write(params, &format!("{name}.1.bias"), &twice(vec![self.constant + lift]));
    }
}

/// Makes the policy network `name`, of one input and two units, give `slope` s + `offset`, and `spread` where it
/// has an output for the deviation.
///
/// With a `shift` of 0 its units are ReLUs on either side of 0; with a large one, of which s falls short, units of
/// any kind that is the identity above 0.
pub fn write_line(params: &mut Params, name: &str, [slope, offset]: [f64; 2], [shift, spread]: [f64; 2]) {
    let outputs = params.span(&format!("{name}.1.bias")).unwrap().shape.cols;
    let slope = if shift == 0.0 { slope } else { slope / 2.0 };
    write(params, &format!("{name}.0.weight"), &[1.0, -1.0]);
    write(params, &format!("{name}.0.bias"), &[shift, shift]);
    if outputs == 1 {
        write(params, &format!("{name}.1.weight"), &[slope, -slope]);
        write(params, &format!("{name}.1.bias"), &[offset]);
    } else {
        write(params, &format!("{name}.1.weight"), &[slope, 0.0, -slope, 0.0]);
        write(params, &format!("{name}.1.bias"), &[offset, spread]);
    }
}
