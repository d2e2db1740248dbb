//! A client of a few lines, which hides nothing that the stand-in sends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;
use tmc_standin::Standin;

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// Sends one request on a connection of its own and reads to its end.
pub(crate) fn raw(standin: &Standin, request: &str) -> std::io::Result<Reply> {
    let url = standin.url();
    let mut stream = TcpStream::connect(url.trim_start_matches("http://"))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let Some(end) = text.find("\r\n\r\n") else {
        return Err(std::io::Error::other(format!("no complete head: {text:?}")));
    };
    let head = text[..end].to_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    Ok(Reply { status, body: bytes[end + 4..].to_vec(), head })
}

pub(crate) fn request(method: &str, path: &str, authorization: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: standin\r\nConnection: close\r\n\
         Authorization: {authorization}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

pub(crate) const TOKEN: &str = "Bearer sample-personal-access-token";

/// Sends a request with the sample's personal access token.
pub(crate) fn ask(standin: &Standin, method: &str, path: &str, body: &str) -> Reply {
    raw(standin, &request(method, path, TOKEN, body)).unwrap()
}

pub(crate) fn get(standin: &Standin, path: &str) -> Reply {
    ask(standin, "GET", path, "")
}
