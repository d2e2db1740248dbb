//! The bytes of an answer, with the faults that hit its body.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use hyper::{Response, StatusCode, header};
use tokio::time::Sleep;

use crate::http::Answer;

/// A body that is sent step by step.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: VecDeque<BodyStep>,
    sleep: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
enum BodyStep {
    Send(Bytes),
    /// The same bytes so many times.
    Repeat(Bytes, usize),
    Wait(Duration),
    /// The connection ends here.
    Break,
}

impl Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                ready!(sleep.as_mut().poll(context));
                self.sleep = None;
            }
            let Some(step) = self.steps.pop_front() else {
                return Poll::Ready(None);
            };
            match step {
                BodyStep::Send(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                BodyStep::Repeat(_, 0) => {}
                BodyStep::Repeat(bytes, times) => {
                    self.steps.push_front(BodyStep::Repeat(bytes.clone(), times - 1));
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                BodyStep::Wait(duration) => {
                    self.sleep = Some(Box::pin(tokio::time::sleep(duration)));
                }
                BodyStep::Break => return Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into()))),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty() && self.sleep.is_none()
    }
}

/// The fault that hits the body on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    No,
    Truncated { keep: usize },
    Dripping { bytes: usize, every: Duration },
    Huge { mebibytes: usize },
}

const MEBIBYTE: usize = 1 << 20;

/// Long enough for what was written to leave before the connection ends.
const FLUSH: Duration = Duration::from_millis(5);

pub(crate) fn response(answer: Answer, body_fault: BodyFault) -> Response<Script> {
    let Answer { status, mut headers, body } = answer;
    let length = body.len();
    let mut steps = VecDeque::new();
    match body_fault {
        BodyFault::No => {
            if !body.is_empty() {
                steps.push_back(BodyStep::Send(body));
            }
        }
        BodyFault::Truncated { keep } => {
            steps.push_back(BodyStep::Send(body.slice(..keep.min(length))));
            steps.push_back(BodyStep::Wait(FLUSH));
            steps.push_back(BodyStep::Break);
        }
        BodyFault::Dripping { bytes, every } => {
            for start in (0..length).step_by(bytes.max(1)) {
                steps.push_back(BodyStep::Wait(every));
                let end = (start + bytes.max(1)).min(length);
                steps.push_back(BodyStep::Send(body.slice(start..end)));
            }
        }
        BodyFault::Huge { mebibytes } => {
            steps.push_back(BodyStep::Send(Bytes::from_static(br#"{"items":["#)));
            steps.push_back(BodyStep::Repeat(Bytes::from(vec![b' '; MEBIBYTE]), mebibytes));
            steps.push_back(BodyStep::Send(Bytes::from_static(b"]}")));
        }
    }
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    let bodiless = status == StatusCode::NO_CONTENT;
    if !bodiless && !matches!(body_fault, BodyFault::Huge { .. }) {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    let mut response = Response::new(Script { steps, sleep: None });
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
