//! What is printed.

use std::io::{self, Write as _};

use super::Series;
use super::figures::verdict;
use super::meter::Cost;
use super::slope::slope;
use super::stages::STAGES;

/// How steep a stage may be.
const LIMIT: f64 = 1.05;

/// What grows by less than this is said to be constant: a line through points that hardly differ says nothing.
const GROWTH: f64 = 1.2;

/// Prints a line for each stage: its costs, how much they and the size of what it makes have grown, and how steep that is.
pub(crate) fn print(series: &Series, costs: &[Vec<Cost>], instructions: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Series { name, title, shapes, above_first } = series;
    let (unit, scale) = if instructions { ("million instructions", 1e6) } else { ("ms", 1e-3) };
    let sizes: Vec<usize> = shapes.iter().map(|(size, _)| *size).collect();
    writeln!(out, "{name}: {sizes:?} {title}; {unit}")?;
    for (i, (stage, makes)) in STAGES.into_iter().enumerate() {
        let points: Vec<Cost> = costs.iter().map(|stages| stages[i]).collect();
        let shown: Vec<String> = points.iter().map(|point| format!("{:.1}", point.cost / scale)).collect();
        writeln!(out, "  {stage:<12} {}: {}", shown.join(" "), steepness(&points, makes, *above_first))?;
    }
    out.flush()
}

fn steepness(points: &[Cost], makes: &str, above_first: bool) -> String {
    let [first, .., last] = points else { return String::new() };
    let (cost, size) = (last.cost / first.cost, last.size / first.size);
    let grown = format!("cost × {cost:.2}, {makes} × {size:.2}");
    if size < GROWTH {
        return format!("{grown}: {}", verdict(cost <= size * LIMIT));
    }
    let (base, rest) = if above_first { (*first, &points[1..]) } else { (Cost::default(), points) };
    let above: Vec<(f64, f64)> = rest.iter().map(|point| (point.size - base.size, point.cost - base.cost)).collect();
    let (all, end) = (slope(&above), slope(&above[above.len().saturating_sub(2)..]));
    format!("{grown}, slope {all:.2}, at the end {end:.2}: {}", verdict(all <= LIMIT))
}
