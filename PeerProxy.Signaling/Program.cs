using PeerProxy.Signaling;

// A message is read, looked at and passed on where its arrival is noticed: that takes microseconds and never blocks, and each hand-over to another thread would
// take longer. The runtime reads this once, before the first socket.
const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
Environment.SetEnvironmentVariable(InlineCompletions, Environment.GetEnvironmentVariable(InlineCompletions) ?? "1");

SignalingApp.Build(args).Run();
