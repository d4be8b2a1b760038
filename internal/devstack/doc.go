// Package devstack runs the real parts around Frontdesk for trying out and for tests: Synapse, PostgreSQL, LiveKit with a token service
// of our own, the frontdesk program itself, a real Matrix client for the operator's side, and a TCP proxy that breaks connections on
// purpose.
//
// What has to be downloaded or built lies under .dev in the repository and is made once: a Python environment with Synapse at a pinned
// version, LiveKit, the web assets, the binary. Every such step takes a file lock, so test binaries of several packages may start side by side.
//
// What is started belongs to whoever started it: each handle has Close, which ends the process and removes its directory when the
// directory was a temporary one. On Linux children also die with the thread that started them, which lives as long as
// they do: a killed test leaves nothing running. All listeners are on loopback.
//
// Handles may be used from several goroutines at once; Kill, Stop, Restart and Close of one handle wait for each other.
package devstack
