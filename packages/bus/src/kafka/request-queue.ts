// A connection of kafkajs at rest arms no timer but one a second: its queue asks again only while requests wait in it.
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const LOOK_AGAIN_MS = 10;
const TIMEOUTS_EVERY_MS = 1000;

/**
 * kafkajs 2.2.4 arms a new timer after every look at an empty queue (859 wake-ups a second and connection, with negative delays that
 * Node warns about). Requests over the limit of those in flight are looked at when an answer comes; the timer is for throttling.
 */
RequestQueue.prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
  const waitMs = Math.max(LOOK_AGAIN_MS, this.throttledUntil - Date.now());
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, waitMs);
};

/** Looks for requests without an answer once a second, not ten times. */
RequestQueue.prototype.scheduleRequestTimeoutCheck = function schedule(this: RequestQueue): void {
  if (!this.enforceRequestTimeout) return;
  this.destroy();
  const everyMs = Math.min(this.requestTimeout, TIMEOUTS_EVERY_MS);
  this.requestTimeoutIntervalId = setInterval(() => {
    const now = Date.now();
    for (const request of this.inflight.values()) {
      if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
    }
    if (!this.isConnected()) this.destroy();
  }, everyMs);
};
