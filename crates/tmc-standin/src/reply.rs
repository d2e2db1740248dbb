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

use crate::faults::Effect;
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

const MEBIBYTE: usize = 1 << 20;

/// Long enough for what was written to leave before the connection ends.
const FLUSH: Duration = Duration::from_millis(5);

/// The answer as it is sent, also with the fault that hits its body on the way.
pub(crate) fn response(answer: Answer, body_fault: Option<&Effect>) -> Response<Script> {
    let Answer { status, mut headers, body } = answer;
    let length = body.len();
    let mut steps = VecDeque::new();
    match body_fault {
        Some(Effect::Truncate { keep }) => {
            steps.push_back(BodyStep::Send(body.slice(..length.min(*keep))));
            steps.push_back(BodyStep::Wait(FLUSH));
            steps.push_back(BodyStep::Break);
        }
        Some(Effect::Drip { bytes, every_ms }) => {
            let bytes = (*bytes).max(1);
            for start in (0..length).step_by(bytes) {
                steps.push_back(BodyStep::Wait(Duration::from_millis(*every_ms)));
                let end = (start + bytes).min(length);
                steps.push_back(BodyStep::Send(body.slice(start..end)));
            }
        }
        Some(Effect::Huge { mebibytes }) => {
            let blanks = Bytes::from(vec![b' '; MEBIBYTE]);
            steps.push_back(BodyStep::Send(Bytes::from_static(br#"{"items":["#)));
            steps.extend((0..*mebibytes).map(|_| BodyStep::Send(blanks.clone())));
            steps.push_back(BodyStep::Send(Bytes::from_static(b"]}")));
        }
        _ if body.is_empty() => {}
        _ => steps.push_back(BodyStep::Send(body)),
    }
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    let bodiless = status == StatusCode::NO_CONTENT;
    if !bodiless && !matches!(body_fault, Some(Effect::Huge { .. })) {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    let mut response = Response::new(Script { steps, sleep: None });
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
