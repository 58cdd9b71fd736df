//! Readings of the sensors of a simulation.

use super::objects::Sensor;
use super::sim::Sim;

impl Sim {
    /// The reading of one sensor.
    pub fn sensor(&self, sensor: Sensor) -> &[f64] {
        &self.sensordata()[sensor.start..sensor.start + sensor.len]
    }

    /// The reading of a sensor with one number.
    pub fn sensor_value(&self, sensor: Sensor) -> f64 {
        self.sensor(sensor)[0]
    }

    /// The readings of all sensors, in the model's order.
    pub fn sensordata(&self) -> &[f64] {
        let (start, len) = self.sensor_numbers();
        // SAFETY: see sensor_numbers; they change only through &mut self.
        unsafe { std::slice::from_raw_parts(start, len) }
    }

    /// The readings of all sensors, to put saved numbers back.
    pub fn sensordata_mut(&mut self) -> &mut [f64] {
        let (start, len) = self.sensor_numbers();
        // SAFETY: see sensor_numbers; &mut self makes the borrow exclusive.
        unsafe { std::slice::from_raw_parts_mut(start, len) }
    }

    /// Where the numbers of the sensors are, and how many: they live as long as the simulation.
    fn sensor_numbers(&self) -> (*mut f64, usize) {
        let fields = &self.model.library.sensors;
        // SAFETY: by the layout table a 64-bit size and a pointer to as many numbers lie at these fields.
        unsafe {
            let len: i64 = self.model.read(fields.nsensordata);
            let start = self.raw.as_ptr().cast::<u8>().add(fields.sensordata).cast::<*mut f64>().read();
            match usize::try_from(len) {
                Ok(len) if len > 0 && !start.is_null() => (start, len),
                _ => (std::ptr::NonNull::dangling().as_ptr(), 0),
            }
        }
    }
}
