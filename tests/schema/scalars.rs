//! What a scalar of each type may be.

use serde_json::Value;

/// Why a value is none of a type, if it is none. A type that is no name here is the list of the values that it has.
pub(crate) fn wrong(kind: &str, value: &Value) -> Option<String> {
    let text = || value.as_str().unwrap_or_default();
    let is_text = value.is_string();
    let within = |from: f64, to: f64| value.as_f64().is_some_and(|number| (from..=to).contains(&number));
    let whole = |from: i64, to: i64| value.as_i64().is_some_and(|number| (from..=to).contains(&number));
    let fits = match kind {
        "bool" => value.is_boolean(),
        "text" => is_text && !text().is_empty(),
        "text-or-empty" => is_text,
        "port" => whole(1, 65535),
        "port-text" => is_text && text().parse::<u16>().is_ok_and(|port| port > 0) && !text().starts_with(['0', '+']),
        "weight" => whole(0, 100),
        "percent" => within(0.0, 100.0),
        "attempts" => whole(1, i64::from(i32::MAX)),
        "count" => whole(0, i64::from(u32::MAX)),
        "http-status" => whole(200, 599),
        "duration" => is_text && milliseconds(text()).is_some_and(|ms| ms > 0),
        "duration-or-0" => is_text && milliseconds(text()).is_some(),
        "duration-of-seconds" => is_text && milliseconds(text()).is_some_and(|ms| ms > 0 && ms % 1000 == 0),
        "ip" => is_text && text().parse::<std::net::Ipv4Addr>().is_ok(),
        "host" => is_text && is_host(text()),
        "wildcard-host" => is_text && is_host(text().strip_prefix("*.").unwrap_or(text())),
        "address" => is_text && (text().parse::<std::net::IpAddr>().is_ok() || is_host(text())),
        "label" => is_text && is_label(text()),
        "object-name" => is_text && text().len() <= 253 && text().split('.').all(is_word),
        "label-value" => is_text && is_label_value(text()),
        "port-name" => is_text && is_label(&text().to_ascii_lowercase()),
        "protocol" => is_text && PROTOCOLS.iter().any(|known| known.eq_ignore_ascii_case(text())),
        "envoy-cluster" => is_text && is_envoy_cluster(text()),
        values => is_text && values.split('|').any(|known| known == text()),
    };
    (!fits).then(|| format!("{value} is no {kind}"))
}

const PROTOCOLS: [&str; 14] = [
    "TCP",
    "UDP",
    "GRPC",
    "GRPC-Web",
    "HTTP",
    "HTTP_PROXY",
    "HTTP2",
    "HTTPS",
    "Thrift",
    "TLS",
    "Mongo",
    "Redis",
    "MySQL",
    "SCTP",
];

/// A duration as protocol buffers print it: seconds with none, three, six or nine decimals. Istio wants whole milliseconds.
fn milliseconds(text: &str) -> Option<u64> {
    let number = text.strip_suffix('s')?;
    let (seconds, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(decimals) || ![0, 3].contains(&decimals.len()) {
        return None;
    }
    if number.contains('.') && (decimals.is_empty() || decimals == "000") {
        return None;
    }
    let thousandths = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
    Some(seconds.parse::<u64>().ok()? * 1000 + thousandths)
}

fn is_host(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// A DNS-1123 label.
fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_word(text)
}

/// Small letters and digits, dashes between them.
fn is_word(text: &str) -> bool {
    let ends = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    ends(text.as_bytes().first()) && ends(text.as_bytes().last()) && text.bytes().all(inner)
}

/// The value of a label of Kubernetes; it may be empty.
fn is_label_value(text: &str) -> bool {
    let ends = |b: Option<&u8>| b.is_none_or(u8::is_ascii_alphanumeric);
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    text.len() <= 63 && ends(text.as_bytes().first()) && ends(text.as_bytes().last()) && text.bytes().all(inner)
}

/// The name that Istio gives to the cluster of a host's port: direction, port, subset, host.
fn is_envoy_cluster(text: &str) -> bool {
    let parts: Vec<&str> = text.split('|').collect();
    let [direction, port, subset, host] = *parts else { return false };
    let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    direction == "outbound" && is_port && (subset.is_empty() || is_label(subset)) && is_host(host)
}

#[test]
fn scalars() {
    for (kind, right, wrong_ones) in [
        (
            "duration",
            &["1s", "0.001s", "120s", "1.500s"][..],
            &["0s", "1", "1m", "0.1s", "1.000s", "0.000001s", ".5s"][..],
        ),
        ("duration-or-0", &["0s"], &["0", "-1s"]),
        ("duration-of-seconds", &["1s"], &["1.500s"]),
        ("label", &["a", "version-v1"], &["", "a_b", "-a", "a-", "A", "a.b"]),
        ("label-value", &["", "a_B.c"], &["a ", "-a", "é"]),
        ("host", &["a.b.global"], &["*.global", "a..b", ""]),
        ("wildcard-host", &["*.global"], &["*", "a.*"]),
        ("port-text", &["80"], &["0", "080", "65536", "http"]),
        (
            "envoy-cluster",
            &["outbound|80||a.b", "outbound|80|v1|a.b"],
            &["inbound|80||a", "outbound|0||a", "outbound|80|a"],
        ),
        ("A|B", &["A", "B"], &["C", "a", ""]),
    ] {
        for text in right {
            assert_eq!(wrong(kind, &Value::from(*text)), None, "{kind} {text:?}");
        }
        for text in wrong_ones {
            assert!(wrong(kind, &Value::from(*text)).is_some(), "{kind} {text:?}");
        }
    }
    assert!(wrong("port", &Value::from("80")).is_some() && wrong("text", &Value::from(1)).is_some());
    assert!(wrong("port", &Value::from(65536)).is_some() && wrong("weight", &Value::from(0)).is_none());
}
