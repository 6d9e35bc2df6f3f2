//! The text in which Prometheus reads metrics (exposition format 0.0.4).

use std::fmt::{Display, Write};

use engine::HistogramCounts;

/// The media type of the text.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows, until the server starts anew.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// The text as it grows.
#[derive(Default)]
pub struct Exposition(String);

impl Exposition {
    /// The whole text.
    pub fn text(self) -> String {
        self.0
    }

    /// A metric with one value.
    pub fn single(&mut self, kind: MetricKind, name: &str, help: &str, value: impl Display) {
        self.family(kind, name, help, [(&[][..], value)]);
    }

    /// A metric with a value for each set of labels. Without any, it is left out.
    pub fn family<'l, V: Display>(
        &mut self,
        kind: MetricKind,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (&'l [(&'l str, &'l str)], V)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        self.head(name, help, if kind == MetricKind::Counter { "counter" } else { "gauge" });
        for (labels, value) in samples {
            self.sample(name, labels, None, value);
        }
    }

    /// A histogram for each set of labels; what was counted is divided by `unit`.
    pub fn histograms<'l>(
        &mut self,
        name: &str,
        help: &str,
        unit: f64,
        samples: impl IntoIterator<Item = (&'l [(&'l str, &'l str)], HistogramCounts)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        self.head(name, help, "histogram");
        let (bucket, sum, count) = (format!("{name}_bucket"), format!("{name}_sum"), format!("{name}_count"));
        for (labels, counts) in samples {
            for (bound, up_to) in &counts.up_to {
                let bound = (*bound as f64 / unit).to_string();
                self.sample(&bucket, labels, Some(&bound), up_to);
            }
            self.sample(&bucket, labels, Some("+Inf"), counts.count);
            self.sample(&sum, labels, None, counts.sum as f64 / unit);
            self.sample(&count, labels, None, counts.count);
        }
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        // A String takes whatever is written.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], bound: Option<&str>, value: impl Display) {
        self.0.push_str(name);
        let bound = bound.map(|bound| ("le", bound));
        let mut separator = '{';
        for (label, text) in labels.iter().copied().chain(bound) {
            let text = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
            let _ = write!(self.0, "{separator}{label}=\"{text}\"");
            separator = ',';
        }
        if separator == ',' {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

#[cfg(test)]
mod tests {
    use engine::HistogramCounts;

    use super::{Exposition, MetricKind};

    #[test]
    fn the_text_is_as_prometheus_reads_it() {
        let mut text = Exposition::default();
        text.single(MetricKind::Gauge, "a", "What it is.", 7);
        let labels = [("path", "a\"b\\c\nd"), ("status", "200")];
        text.family(MetricKind::Counter, "b_total", "Labelled.", [(&labels[..], 1)]);
        text.family::<u64>(MetricKind::Counter, "none_total", "Without a sample.", []);
        let counts = HistogramCounts { up_to: vec![(500, 1), (1_000_000, 2)], count: 3, sum: 2_500_000 };
        text.histograms("c_seconds", "Times.", 1e6, [(&labels[1..], counts)]);
        let expected = "\
# HELP a What it is.
# TYPE a gauge
a 7
# HELP b_total Labelled.
# TYPE b_total counter
b_total{path=\"a\\\"b\\\\c\\nd\",status=\"200\"} 1
# HELP c_seconds Times.
# TYPE c_seconds histogram
c_seconds_bucket{status=\"200\",le=\"0.0005\"} 1
c_seconds_bucket{status=\"200\",le=\"1\"} 2
c_seconds_bucket{status=\"200\",le=\"+Inf\"} 3
c_seconds_sum{status=\"200\"} 2.5
c_seconds_count{status=\"200\"} 3
";
        assert_eq!(text.text(), expected);
    }
}
