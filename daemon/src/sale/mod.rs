//! The pure middle: events in, entries and commands out; no thread, file, socket, clock or random
//! number.

mod attempt;
mod books;
mod carried;
mod command;
mod decide;
mod decision;
mod entry;
mod event;
mod health;
mod machine;
mod memory;
mod number;
mod order;
mod planogram;
mod queries;
mod receipt;
mod refunding;
mod remote;
mod retention;
mod screens;
mod session;
mod settings;
mod state;
mod time;

pub use attempt::Attempt;
pub use books::Books;
pub use carried::{Carried, CarriedSlot};
pub use command::{Alarm, Command, NotifyReply, NotifyTicket, Refund, RemoteOrder, Vend};
pub use decision::Decision;
pub use entry::{Abandonment, Entry, OutOfOrder, Recorded, RefundReason};
pub use event::{Event, GatewayFault, Queried};
pub use health::{Health, LogHealth};
pub use machine::{CLOCK_OFF_MAX_MS, Machine, ResumeStep, SWEEP_LATE_MAX};
pub use memory::{AuditPlan, AwaitedVend, Memory};
pub use number::order_number;
pub use order::{Order, Slot, SlotError};
pub use planogram::{Availability, Load, Planogram, Position};
pub use queries::{NotifyRoad, Plan, RefundTries};
pub use receipt::{Receipt, ReceiptError, Via};
pub use remote::{Door, Remote, RemoteRefusal, RemoteTicket, product_id, slot_of};
pub use retention::Retention;
pub use session::Session;
pub use settings::{InDoubt, MachineId, MachineIdError, Settings};
pub use state::{Sale, State};
pub use time::{Age, Now, Timestamp};
