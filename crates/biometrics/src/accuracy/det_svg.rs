//! The DET plot (Martin et al., "The DET Curve in Assessment of Detection Task Performance", 1997):
//! FNMR over FMR, both axes stretched by the normal distribution, where normal scores make a line.

use std::fmt::Write;

use super::rates::Rates;
use super::report::percent;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 560.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 64.0;
/// The ends of the axes, as shares.
const FMR: (f64, f64) = (5e-7, 0.4);
const FNMR: (f64, f64) = (1e-3, 0.4);
const FMR_TICKS: [f64; 7] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.4];
const FNMR_TICKS: [f64; 9] = [1e-3, 2e-3, 5e-3, 1e-2, 0.02, 0.05, 0.1, 0.2, 0.4];
const POINTS: usize = 240;

/// What each curve is drawn with.
const STYLES: [(&str, &str); 4] =
    [("#0b6bcb", "none"), ("#c2410c", "7 4"), ("#15803d", "2 3"), ("#7e22ce", "9 3 2 3")];

/// A curve, and what it is called.
pub(super) struct Curve<'a> {
    pub(super) label: String,
    pub(super) rates: &'a Rates,
    /// What ships, to be marked beside it.
    pub(super) mark: Option<Mark>,
}

/// Error rates that are marked. Where no error was seen there is no place for them on an axis: an arrow
/// points beyond its end.
pub(super) struct Mark {
    pub(super) label: String,
    pub(super) fmr: f64,
    pub(super) fnmr: f64,
}

pub(super) fn draw(title: &str, subtitle: &str, curves: &[Curve<'_>]) -> String {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{title}: detection error trade-off" font-family="system-ui, sans-serif" font-size="13" fill="#1f2933">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="{LEFT}" y="24" font-size="16" font-weight="600">{title}: detection error trade-off</text>
<text x="{LEFT}" y="43" fill="#52606d">{subtitle}; lower is better</text>
"##
    );
    axes(&mut svg);
    let mut row = TOP + 22.0;
    for (Curve { label, rates, mark }, (colour, dashes)) in curves.iter().zip(STYLES) {
        line(&mut svg, rates, colour, dashes);
        legend(&mut svg, row, colour, dashes, label);
        row += 20.0;
        let Some(Mark { label, fmr, fnmr }) = mark.as_ref().filter(|mark| mark.fnmr > 0.0) else {
            continue;
        };
        let draw = if *fmr > 0.0 { dot } else { arrow };
        draw(&mut svg, x(*fmr), y(*fnmr), colour);
        draw(&mut svg, WIDTH - RIGHT - 372.0, row - 4.0, colour);
        let _ =
            writeln!(svg, r#"<text x="{:.1}" y="{row:.1}">{label}</text>"#, WIDTH - RIGHT - 353.0);
        row += 20.0;
    }
    svg.push_str("</svg>\n");
    svg
}

fn dot(svg: &mut String, x: f64, y: f64, colour: &str) {
    let _ = writeln!(
        svg,
        r##"<circle cx="{x:.1}" cy="{y:.1}" r="5" fill="{colour}" stroke="#ffffff" stroke-width="1.5"/>"##
    );
}

/// Points to the left, from a little right of there.
fn arrow(svg: &mut String, x: f64, y: f64, colour: &str) {
    let _ = writeln!(
        svg,
        r##"<path d="M{:.1} {y:.1}l11 -6v12z" fill="{colour}" stroke="#ffffff" stroke-width="1.5"/>"##,
        x - 5.0
    );
}

fn axes(svg: &mut String) {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for tick in FMR_TICKS {
        let x = x(tick);
        let _ = writeln!(svg, r##"<path d="M{x:.1} {TOP}V{bottom}" stroke="#e4e7eb"/>"##);
        let _ = writeln!(
            svg,
            r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
            bottom + 20.0,
            percent(tick)
        );
    }
    for tick in FNMR_TICKS {
        let y = y(tick);
        let _ = writeln!(svg, r##"<path d="M{LEFT} {y:.1}H{right}" stroke="#e4e7eb"/>"##);
        let _ = writeln!(
            svg,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            LEFT - 8.0,
            y + 4.0,
            percent(tick)
        );
    }
    let _ = writeln!(
        svg,
        r##"<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#1f2933"/>"##
    );
    let middle = f64::midpoint(TOP, bottom);
    let _ = writeln!(
        svg,
        r#"<text x="{:.1}" y="{:.1}" text-anchor="middle" font-weight="600">False match rate</text>"#,
        f64::midpoint(LEFT, right),
        HEIGHT - 16.0
    );
    let _ = writeln!(
        svg,
        r#"<text x="20" y="{middle:.1}" text-anchor="middle" font-weight="600" transform="rotate(-90 20 {middle:.1})">False non-match rate</text>"#
    );
}

fn line(svg: &mut String, rates: &Rates, colour: &str, dashes: &str) {
    let points: Vec<String> = rates
        .curve(POINTS)
        .into_iter()
        .filter(|point| point.fmr > 0.0 && point.fnmr > 0.0)
        .map(|point| format!("{:.1},{:.1}", x(point.fmr), y(point.fnmr)))
        .collect();
    let _ = writeln!(
        svg,
        r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}" stroke-linejoin="round"/>"#,
        points.join(" ")
    );
}

fn legend(svg: &mut String, row: f64, colour: &str, dashes: &str, text: &str) {
    let start = WIDTH - RIGHT - 385.0;
    let _ = writeln!(
        svg,
        r#"<path d="M{start} {:.1}h26" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/><text x="{:.1}" y="{row:.1}">{text}</text>"#,
        row - 4.0,
        start + 32.0
    );
}

fn x(fmr: f64) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * place(fmr, FMR)
}

fn y(fnmr: f64) -> f64 {
    HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * place(fnmr, FNMR)
}

/// Where a share lies between the ends of its axis, 0 to 1.
fn place(share: f64, (low, high): (f64, f64)) -> f64 {
    let (low, high) = (deviate(low), deviate(high));
    ((deviate(share) - low) / (high - low)).clamp(0.0, 1.0)
}

/// The normal deviate of a share: how many deviations below the mean it is reached. By bisection.
fn deviate(share: f64) -> f64 {
    let (mut low, mut high) = (-6.0, 6.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if normal(middle) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The standard normal distribution function, by its power series (good to 1e-9 for |x| up to 6).
fn normal(x: f64) -> f64 {
    let (mut term, mut sum, mut index) = (x, x, 1.0);
    while f64::abs(term) > 1e-17 * f64::abs(sum) {
        index += 2.0;
        term *= x * x / index;
        sum += term;
    }
    0.5 + sum * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_are_those_of_the_normal_distribution() {
        for (share, expected) in [
            (0.5, 0.0),
            (0.158_655_25, -1.0),
            (0.022_750_13, -2.0),
            (0.001_349_898, -3.0),
            (2.866_5e-7, -5.0),
        ] {
            assert!((deviate(share) - expected).abs() < 1e-3, "{share}");
        }
    }
}
