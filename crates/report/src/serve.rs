//! `coadapt study watch`: the report over HTTP, for this machine alone, made anew while runs go on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::contents::Report;
use super::files::ReportFile;

/// A report younger than this is shown again.
const FRESH: Duration = Duration::from_secs(4);
/// A browser that says nothing for so long is let go.
const PATIENCE: Duration = Duration::from_secs(5);
/// No browser asks in more bytes than this.
const LONGEST_REQUEST: u64 = 16 << 10;

/// A server on the loopback interface.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    port: u16,
}

/// The report that is being shown.
struct Shown {
    files: Vec<ReportFile>,
    live: String,
    stamp: String,
    made: Instant,
    took: Duration,
}

impl Server {
    /// Takes `port` of 127.0.0.1; 0 takes any that is free.
    pub fn bind(port: u16) -> Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("could not listen on 127.0.0.1:{port}; --port names another port"))?;
        let port = listener.local_addr().context("the port is not known")?.port();
        Ok(Server { listener, port })
    }

    /// Where a browser finds it.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Serves what `make` gives until the program ends. An error of `make` is shown and tried again.
    pub fn serve(&self, make: &mut dyn FnMut() -> Result<Report>) -> Result<()> {
        let mut shown: Option<Shown> = None;
        for stream in self.listener.incoming() {
            // A browser that went away is no reason to end.
            let Ok(mut stream) = stream else { continue };
            let answer = match read(&stream) {
                Some(request) => self.answer(&request, &mut shown, make),
                None => Answer::plain(400, "this is not a request"),
            };
            let _ = answer.send(&mut stream);
        }
        Ok(())
    }

    fn answer(
        &self,
        request: &Request,
        shown: &mut Option<Shown>,
        make: &mut dyn FnMut() -> Result<Report>,
    ) -> Answer {
        // A name that some page on the network made point here is not ours.
        let ours = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        if !request.host.as_ref().is_some_and(|host| ours.contains(host)) {
            return Answer::plain(403, "this server answers to 127.0.0.1 and localhost only");
        }
        if request.method != "GET" {
            return Answer::plain(405, "this server only shows: GET is all it knows");
        }
        let old = shown.as_ref().is_none_or(|shown| shown.made.elapsed() > FRESH.max(shown.took * 4));
        if old {
            match Shown::make(make) {
                Ok(made) => *shown = Some(made),
                Err(error) => return Answer::plain(500, &format!("{error:#}")),
            }
        }
        let Some(shown) = shown else { return Answer::plain(500, "there is no report") };
        let name = request.path.split('?').next().unwrap_or_default().trim_start_matches('/');
        match name {
            "" | "report.html" => Answer { status: 200, kind: "text/html", body: shown.live.clone() },
            "stamp" => Answer::plain(200, &shown.stamp),
            name => match shown.files.iter().find(|file| file.name == name) {
                Some(file) => Answer { status: 200, kind: kind(name), body: file.contents.clone() },
                None => Answer::plain(404, "there is no such file"),
            },
        }
    }
}

impl Shown {
    fn make(make: &mut dyn FnMut() -> Result<Report>) -> Result<Shown> {
        let begun = Instant::now();
        let report = make()?;
        let (files, live) = (report.files()?, report.to_live_html()?);
        let hash = Sha256::digest(live.as_bytes());
        let stamp = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Shown { files, live, stamp, made: Instant::now(), took: begun.elapsed() })
    }
}

/// The part of a request that matters here.
#[derive(Debug, Default, PartialEq)]
struct Request {
    method: String,
    path: String,
    host: Option<String>,
}

/// Reads a request's head.
fn read(stream: &TcpStream) -> Option<Request> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    parse(&mut BufReader::new(stream.take(LONGEST_REQUEST)))
}

fn parse(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Request { method, path, host: None };
    loop {
        line.clear();
        // Without the empty line at its end, a head is not whole.
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.split_once(':') else {
            return line.trim_end().is_empty().then_some(request);
        };
        if name.eq_ignore_ascii_case("host") {
            request.host = Some(value.trim().to_ascii_lowercase());
        }
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("svg") => "image/svg+xml",
        Some("html") => "text/html",
        Some("csv") => "text/csv",
        _ => "text/plain",
    }
}

/// A response.
struct Answer {
    status: u16,
    kind: &'static str,
    body: String,
}

impl Answer {
    fn plain(status: u16, text: &str) -> Answer {
        Answer { status, kind: "text/plain", body: format!("{text}\n") }
    }

    fn send(&self, stream: &mut impl Write) -> std::io::Result<()> {
        let reason = match self.status {
            200 => "OK",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            _ => "Internal Server Error",
        };
        write!(
            stream,
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            self.status,
            self.kind,
            self.body.len()
        )?;
        stream.write_all(self.body.as_bytes())?;
        stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_whole_or_not_at_all() {
        let read = |text: &str| parse(&mut text.as_bytes());
        let request = read("GET /a?b HTTP/1.1\r\nhOST:  LocalHost:80 \r\nx: y\r\n\r\n").unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/a?b"));
        assert_eq!(request.host.as_deref(), Some("localhost:80"));
        assert_eq!(read("GET / HTTP/1.1\r\nHost: a\r\n"), None);
        assert_eq!(read("GET\r\n\r\n"), None);
        assert_eq!(read(""), None);
    }
}
