namespace PeerProxy.Agent.Identity;

/// <summary>The data folder cannot be used; the message says which file, why, and what to do.</summary>
public sealed class AgentKeyStoreException(string message, Exception? inner = null) : Exception(message, inner);
