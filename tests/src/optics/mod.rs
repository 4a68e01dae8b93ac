//! What a phone's camera makes of the panel: light, a lens, reflections, a sensor.
//!
//! Light is counted as it adds up, not as it is stored: 1 is the panel's white. The order is that
//! of the world: the panel shines, lamps are mirrored in its glass, the lens blurs, the sensor
//! counts electrons, and what is stored has 8 bits. All of it follows from a seed.

mod lens;
mod light;
mod sensor;

pub use lens::Shot;
pub use light::{Lamp, Light};
pub use sensor::{Chance, Code, Photo, Sensor};
