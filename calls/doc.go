// Package calls carries the media of calls between a customer's page and the staff's session.
//
// A call has two legs. The page's is plain WebRTC, ended here (pion); the page always makes the offers, so offers never cross. The staff's is a
// LiveKit participant: the customer's puppet. What comes in on one leg goes out on the other as it is, Opus and VP8, without transcoding; only
// what belongs to a leg is taken off or carried over: header extensions, padding, audio levels, sequence numbers, requests for key frames.
//
// Who may call whom and what a call is, desk decides. Media and signalling never pass the journal. Each call has one owner goroutine.
package calls
