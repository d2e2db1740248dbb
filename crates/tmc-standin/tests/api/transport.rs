//! IPv6, TLS, compression, connections that stay open.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::sync::Arc;

use flate2::read::GzDecoder;
use tmc_standin::{Effect, Fault, Standin, World};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::{TOKEN, get, raw, request};

const ENVIRONMENTS: &str = "/orchestration/environments";

#[test]
fn it_listens_on_ipv6_too() {
    let address = (Ipv6Addr::LOCALHOST, 0);
    if TcpListener::bind(address).is_err() {
        println!("SKIPPED: this machine has no IPv6");
        return;
    }
    let standin = Standin::start_at(World::documentation_sample(), address.into()).unwrap();
    assert!(standin.url().starts_with("http://[::1]:"));
    assert_eq!(get(&standin, ENVIRONMENTS).status, 200);
}

#[test]
fn a_connection_serves_many_requests() {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    let mut stream = TcpStream::connect(standin.url().trim_start_matches("http://")).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..3 {
        let request = request("GET", ENVIRONMENTS, TOKEN, "").replace("Connection: close\r\n", "");
        stream.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        answers.read_exact(&mut body).unwrap();
        assert!(body.starts_with(b"[{"));
    }
    assert_eq!(standin.requests().len(), 3);
}

#[test]
fn answers_are_compressed_where_that_is_asked_for() {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    let asked = request("GET", ENVIRONMENTS, TOKEN, "")
        .replace("Host:", "Accept-Encoding: br, gzip;q=0.8\r\nHost:");
    assert_eq!(raw(&standin, &asked).unwrap().header("content-encoding"), None);
    standin.set_options(|options| options.gzip = true);
    let reply = raw(&standin, &asked).unwrap();
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(reply.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(text.contains("Production"));
    assert_eq!(get(&standin, ENVIRONMENTS).header("content-encoding"), None);
}

/// Asks over TLS, trusting these certificates only.
fn ask_tls(standin: &Standin, roots: RootCertStore) -> std::io::Result<String> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(standin.url().trim_start_matches("https://"))?;
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(request("GET", ENVIRONMENTS, TOKEN, "").as_bytes())?;
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    // The stand-in closes as soon as it has answered, without a farewell.
    match end {
        Err(error) if bytes.is_empty() => Err(error),
        _ => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

#[test]
fn it_speaks_tls_with_those_who_trust_its_authority() {
    let standin = Standin::start_tls(World::documentation_sample()).unwrap();
    assert!(standin.url().starts_with("https://127.0.0.1:"));
    let trusting = || {
        let mut roots = RootCertStore::empty();
        let pem = standin.ca_pem().unwrap();
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        roots
    };
    assert!(ask_tls(&standin, trusting()).unwrap().contains("Production"));
    assert!(ask_tls(&standin, RootCertStore::empty()).is_err());
    standin.add_faults(vec![Fault::new(Effect::reset())]).unwrap();
    let error = ask_tls(&standin, trusting()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}
