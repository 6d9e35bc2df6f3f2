//! A collector on the loopback address, which takes OTLP in JSON and keeps it, or takes it and never answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use testkit::TestServer;

/// What came: heads of requests, and their bodies.
type Received = Arc<Mutex<(Vec<String>, Vec<Value>)>>;

pub struct Collector {
    url: String,
    received: Received,
}

impl Collector {
    /// One that answers.
    pub fn start() -> Collector {
        Collector::listen(true)
    }

    /// One that takes connections and says nothing.
    pub fn start_silent() -> Collector {
        Collector::listen(false)
    }

    fn listen(answers: bool) -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Received::default();
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                match answers {
                    true => {
                        let kept = Arc::clone(&kept);
                        std::thread::spawn(move || serve(stream, &kept));
                    }
                    false => silent.push(stream),
                }
            }
        });
        Collector { url, received }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The heads and the bodies that came.
    pub fn received(&self) -> (Vec<String>, Vec<Value>) {
        self.received.lock().unwrap().clone()
    }

    /// The spans that came, each in the form that the protocol gives it.
    pub fn spans(&self) -> Vec<Value> {
        let (_, bodies) = self.received();
        let spans: Vec<Value> = bodies
            .iter()
            .flat_map(|body| body["resourceSpans"].as_array().unwrap())
            .flat_map(|resource| resource["scopeSpans"].as_array().unwrap())
            .flat_map(|scope| scope["spans"].as_array().unwrap().clone())
            .collect();
        for span in &spans {
            let is_hex = |key: &str, digits: usize| {
                let text = span[key].as_str().unwrap_or_default();
                text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            };
            assert!(is_hex("traceId", 32) && is_hex("spanId", 16), "{span}");
            assert!(span.get("parentSpanId").is_none() || is_hex("parentSpanId", 16), "{span}");
            let time = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
            assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"), "{span}");
        }
        spans
    }
}

/// Takes requests from a connection until it ends.
fn serve(stream: TcpStream, kept: &Received) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap()];
        reader.read_exact(&mut body).unwrap();
        {
            let mut kept = kept.lock().unwrap();
            kept.0.push(head);
            kept.1.push(serde_json::from_slice(&body).unwrap());
        }
        write!(writer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}")
            .unwrap();
    }
}

/// The count of spans that a server's metrics tell of an outcome.
pub fn spans_by(server: &TestServer, outcome: &str) -> f64 {
    let text = crate::metrics::scrape(&crate::metrics::address(server));
    crate::metrics::value(&text, &format!("muster_trace_spans_total{{outcome=\"{outcome}\"}}"))
}
