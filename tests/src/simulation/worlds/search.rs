//! The search: every state once, the nearest first, and the shortest way to what is broken.

#![expect(clippy::wildcard_enum_match_arm, reason = "it picks the few that it is about")]

use std::collections::HashMap;

use super::{
    Plan,
    action::Action,
    canon::{self, digest},
    state::{Broken, World},
};

/// What was looked at.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Different states.
    pub states: usize,
    /// Steps from one state to another, or the same.
    pub transitions: u64,
    /// The most steps that the shortest way to any state has.
    pub depth: usize,
    /// States after which nothing more happens by itself.
    pub ends: usize,
    /// The longest way over calm successors to such a state.
    pub calm_steps: u32,
    /// The first thing that is not as it has to be.
    pub found: Option<Found>,
}

/// A promise that is broken.
#[derive(Clone, Debug)]
pub struct Found {
    /// Which, and how.
    pub broken: String,
    /// A shortest way there, one step a line.
    pub script: Vec<String>,
}

/// A step: what happens, and whether power fails in it.
type Step = (Action, Option<u8>);

/// All states so far. Places in the lists are the states' numbers, by their distance.
struct Search<'a> {
    plan: &'a Plan,
    seen: HashMap<u128, u32>,
    /// From which state, and by which step.
    came_by: Vec<Option<(u32, Step)>>,
    /// The calm successor; a state without one has itself.
    calm: Vec<u32>,
    report: Report,
}

/// What is wrong, and the steps that lead there.
struct Wrong {
    broken: Broken,
    from: u32,
    step: Option<Step>,
}

impl Plan {
    /// Looks at every state. `tell` is called with the counts after each layer of states.
    pub fn explore(&self, tell: &mut dyn FnMut(&Report)) -> Report {
        let mut search = Search {
            plan: self,
            seen: HashMap::new(),
            came_by: Vec::new(),
            calm: Vec::new(),
            report: Report::default(),
        };
        if let Err(wrong) = search.run(tell) {
            let mut script = search.script(&wrong);
            let broken = wrong.broken;
            script.push(format!("=> {broken}"));
            search.report.found = Some(Found { broken, script });
        }
        search.report.states = search.seen.len();
        search.report
    }

    /// The machine was switched on, and the board is up.
    fn beginning(&self) -> Result<World, Broken> {
        let mut world = World::new(self);
        while let Some(action) = Self::calm(&world, &self.actions(&world)) {
            world = self.after(&world, action, None)?;
        }
        Ok(world)
    }
}

impl Search<'_> {
    fn run(&mut self, tell: &mut dyn FnMut(&Report)) -> Result<(), Wrong> {
        let beginning = self.plan.beginning();
        let beginning = beginning.map_err(|broken| Wrong { broken, from: 0, step: None })?;
        self.number(&beginning, None);
        let mut layer = vec![(0, beginning)];
        while !layer.is_empty() {
            let mut next = Vec::new();
            for (from, world) in layer {
                self.expand(from, &world, &mut next)?;
            }
            layer = next;
            self.report.depth += usize::from(!layer.is_empty());
            self.report.states = self.seen.len();
            tell(&self.report);
        }
        self.follow_calm()
    }

    /// All successors of one state; the new ones go to `next`.
    fn expand(
        &mut self,
        from: u32,
        world: &World,
        next: &mut Vec<(u32, World)>,
    ) -> Result<(), Wrong> {
        let actions = self.plan.actions(world);
        let calm = Plan::calm(world, &actions);
        if calm.is_none() {
            self.report.ends += 1;
            let end = Plan::check_end(world);
            end.map_err(|broken| Wrong { broken, from, step: None })?;
        }
        for action in actions {
            let (to, turn) = self.step(from, world, (action, None), next)?;
            if calm == Some(action)
                && let Some(place) = self.calm.get_mut(from as usize)
            {
                *place = to;
            }
            // With nothing recorded and nothing wished yet, the cut is that before the event.
            let first = u8::from(!turn.has_recorded);
            let wishes = u8::try_from(turn.wishes).unwrap_or(u8::MAX);
            if world.left.cuts > 0 && world.machine.is_some() && action != Action::Cut {
                for cut in first..wishes {
                    self.step(from, world, (action, Some(cut)), next)?;
                }
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        from: u32,
        world: &World,
        step: Step,
        next: &mut Vec<(u32, World)>,
    ) -> Result<(u32, super::state::Turn), Wrong> {
        self.report.transitions += 1;
        let wrong = |broken| Wrong { broken, from, step: Some(step) };
        let after = self.plan.after(world, step.0, step.1.map(usize::from)).map_err(wrong)?;
        let turn = after.turn;
        // Two ways to one state may have left different logs behind.
        self.plan.check(&after).map_err(wrong)?;
        let (to, is_new) = self.number(&after, Some((from, step)));
        if is_new {
            next.push((to, after));
        }
        Ok((to, turn))
    }

    /// The state's number, and whether it was never seen before.
    fn number(&mut self, world: &World, came_by: Option<(u32, Step)>) -> (u32, bool) {
        let new = u32::try_from(self.came_by.len()).unwrap_or(u32::MAX);
        let number = *self.seen.entry(digest(world)).or_insert(new);
        if number == new {
            self.came_by.push(came_by);
            self.calm.push(new);
        }
        (number, number == new)
    }

    /// From every state the calm way must come to an end.
    fn follow_calm(&mut self) -> Result<(), Wrong> {
        // How many calm steps are left; 0 = not known yet, an end has 1.
        let mut steps = vec![0_u32; self.calm.len()];
        for begin in (0_u32..).take(self.calm.len()) {
            let mut way = Vec::new();
            let mut at = begin;
            let known = loop {
                let (place, successor) = (at as usize, self.calm.get(at as usize).copied());
                match (steps.get(place).copied(), successor) {
                    (Some(0), Some(successor)) if successor != at => {
                        way.push(place);
                        at = successor;
                    }
                    (Some(0), _) => break 0,
                    (known, _) => break known.unwrap_or(0),
                }
                if let Some(mark) = steps.get_mut(place) {
                    *mark = u32::MAX;
                }
            };
            if known == u32::MAX {
                return Err(Self::circle(begin));
            }
            for (place, more) in way.iter().rev().zip(1..) {
                if let Some(mark) = steps.get_mut(*place) {
                    *mark = known.max(1) + more;
                }
            }
        }
        self.report.calm_steps = steps.into_iter().max().unwrap_or(0);
        Ok(())
    }

    fn circle(from: u32) -> Wrong {
        let broken = "from here on something is asked for ever and never settled".to_owned();
        Wrong { broken, from, step: None }
    }

    /// The steps from the beginning, each with what the machine recorded and wished.
    fn script(&self, wrong: &Wrong) -> Vec<String> {
        let mut steps: Vec<Step> = wrong.step.into_iter().collect();
        let mut at = wrong.from;
        while let Some(Some((from, step))) = self.came_by.get(at as usize) {
            steps.push(*step);
            at = *from;
        }
        let Ok(mut world) = self.plan.beginning() else { return Vec::new() };
        let mut script = Vec::new();
        for (action, cut) in steps.into_iter().rev() {
            let said = world.tell(action);
            let after = self.plan.after(&world, action, cut.map(usize::from));
            let cut = cut.map_or_else(String::new, |cut| format!(", cut after {cut} wishes"));
            let seconds = world.now_ms as f64 / 1_000.0;
            let Ok(after) = after else {
                script.push(format!("{seconds:>7.1} s  {said}{cut}"));
                break;
            };
            let news = after.log.iter().skip(world.log.len());
            let entries: Vec<&str> = news.map(|recorded| recorded.entry.name()).collect();
            script.push(format!("{seconds:>7.1} s  {said}{cut}: {}", entries.join(", ")));
            world = after;
        }
        script
    }
}

impl World {
    /// What happens, for a person who reads the script.
    fn tell(&self, action: Action) -> String {
        let flight = |nth: u8| self.flights.get(usize::from(nth));
        let told = match action {
            Action::Arrive(nth, _) | Action::Lose(nth) => {
                flight(nth).map(|flight| canon::wish(&flight.command))
            }
            Action::Deliver(nth) | Action::DeliverTwice(nth) => flight(nth).map(|flight| {
                let answer = flight.answer.as_ref().map(|answer| canon::gist(answer));
                format!("{} {}", canon::wish(&flight.command), answer.unwrap_or_default())
            }),
            Action::Word | Action::WordTwice => {
                self.board.words.first().map(|word| format!("{word:?}"))
            }
            _ => None,
        };
        told.map_or_else(|| action.to_string(), |told| format!("{action} {told}"))
    }
}
