//! A request as the routes see it, an answer as they make it, and refusals.

use std::io::Write as _;
use std::net::IpAddr;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::{HeaderMap, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A request that has arrived completely.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) source: IpAddr,
}

/// An answer before any fault has touched it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A JSON answer.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, ApiRefusal> {
        let body = serde_json::to_vec(value).map_err(|error| {
            ApiRefusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("cannot write JSON: {error}"),
            )
        })?;
        Ok(Self::raw_json(status, body))
    }

    /// Puts another body in place of this one, as what it looks like.
    pub(crate) fn replace_body(&mut self, text: &str) {
        if !text.starts_with(['{', '[']) {
            let html = header::HeaderValue::from_static("text/html");
            self.headers.insert(header::CONTENT_TYPE, html);
        }
        self.body = text.to_owned().into();
    }

    /// The same answer with its body compressed.
    pub(crate) fn compressed(mut self) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        // Writing into memory does not fail; if it did, the body stays plain.
        if encoder.write_all(&self.body).is_ok()
            && let Ok(body) = encoder.finish()
        {
            self.body = body.into();
            let gzip = header::HeaderValue::from_static("gzip");
            self.headers.insert(header::CONTENT_ENCODING, gzip);
        }
        self
    }

    fn raw_json(status: StatusCode, body: Vec<u8>) -> Self {
        let mut answer = Self::empty(status);
        answer.body = body.into();
        let json = header::HeaderValue::from_static("application/json");
        answer.headers.insert(header::CONTENT_TYPE, json);
        answer
    }
}

/// A request that is not granted: the API's error body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiRefusal {
    status: StatusCode,
    message: String,
    /// The one header that some refusals carry: `Allow` or `Retry-After`.
    header: Option<Box<(header::HeaderName, header::HeaderValue)>>,
}

impl ApiRefusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), header: None }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn with_header(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = header::HeaderValue::from_str(value) {
            self.header = Some(Box::new((name, value)));
        }
        self
    }

    /// The answer, with the number of the request as its id.
    pub(crate) fn into_answer(self, request: u64) -> Answer {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            status: u16,
            message: &'a str,
            detail: &'a str,
            request_id: String,
        }
        let body = Body {
            status: self.status.as_u16(),
            message: self.status.canonical_reason().unwrap_or("Error"),
            detail: &self.message,
            request_id: format!("request-{request}"),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut answer = Answer::raw_json(self.status, body);
        answer.headers.extend(self.header.map(|header| *header));
        answer
    }
}

impl Ask {
    /// The path's segments, each decoded (RFC 3986, section 2.4).
    pub(crate) fn segments(&self) -> Vec<String> {
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        self.path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect()
    }

    /// A header as text, or nothing if it is absent or not text.
    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the answer may be compressed.
    pub(crate) fn accepts_gzip(&self) -> bool {
        let accepted = self.header(header::ACCEPT_ENCODING).unwrap_or_default();
        accepted.split([',', ';']).any(|coding| coding.trim() == "gzip")
    }

    /// The query parameters, each checked to be known and given once.
    pub(crate) fn parameters<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Option<&str>; N], ApiRefusal> {
        let mut values = [None; N];
        for (name, value) in &self.query {
            if name == "talendVersion" {
                continue;
            }
            let Some(index) = names.iter().position(|known| known == name) else {
                return Err(ApiRefusal::bad(format!("unknown query parameter \"{name}\"")));
            };
            if values[index].replace(value.as_str()).is_some() {
                return Err(ApiRefusal::bad(format!("query parameter \"{name}\" is given twice")));
            }
        }
        Ok(values)
    }

    /// The JSON body, which must be declared as such.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiRefusal> {
        let kind = self.header(header::CONTENT_TYPE).unwrap_or_default();
        if kind.split(';').next().map(str::trim) != Some("application/json") {
            let message = format!("content type \"{kind}\" is not supported");
            return Err(ApiRefusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        serde_json::from_slice(&self.body).map_err(|error| ApiRefusal::bad(error.to_string()))
    }
}

/// A query parameter that must be an integer.
pub(crate) fn integer(name: &str, value: Option<&str>) -> Result<Option<i64>, ApiRefusal> {
    let parse = |text: &str| {
        text.parse().map_err(|_| ApiRefusal::bad(format!("{name} \"{text}\" is not an integer")))
    };
    value.map(parse).transpose()
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageSlice {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

impl PageSlice {
    /// Checks the documented bounds: limit 1 to 100, offset from 0.
    pub(crate) fn new(limit: Option<i64>, offset: Option<i64>) -> Result<Self, ApiRefusal> {
        let limit = limit.unwrap_or(100);
        let offset = offset.unwrap_or(0);
        match (usize::try_from(limit), usize::try_from(offset)) {
            (Ok(limit @ 1..=100), Ok(offset)) if i32::try_from(offset).is_ok() => {
                Ok(Self { limit, offset })
            }
            (Ok(1..=100), _) => Err(ApiRefusal::bad(format!("offset {offset} is out of range"))),
            _ => Err(ApiRefusal::bad(format!("limit {limit} is not in the range [1, 100]"))),
        }
    }

    /// The same from query parameters.
    pub(crate) fn of(limit: Option<&str>, offset: Option<&str>) -> Result<Self, ApiRefusal> {
        Self::new(integer("limit", limit)?, integer("offset", offset)?)
    }

    /// That part of the list, with what the API says around it.
    pub(crate) fn page<T, U: Serialize>(
        self,
        list: &[T],
        show: impl FnMut(&T) -> U,
    ) -> Result<Answer, ApiRefusal> {
        #[derive(Serialize)]
        struct ListPage<U> {
            items: Vec<U>,
            limit: usize,
            offset: usize,
            total: usize,
        }
        let items = list.iter().skip(self.offset).take(self.limit).map(show).collect();
        let Self { limit, offset } = self;
        Answer::json(StatusCode::OK, &ListPage { items, limit, offset, total: list.len() })
    }
}
