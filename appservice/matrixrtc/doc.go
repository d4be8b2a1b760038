// Package matrixrtc speaks MatrixRTC, the way Element's clients find each other in a call: who is in the session of a room, and how one gets at
// its media. The proposals behind it (MSC4143, MSC4195, MSC4140 …) still move, so every wire format of theirs is in here.
package matrixrtc
