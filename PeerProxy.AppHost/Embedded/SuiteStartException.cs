namespace PeerProxy.AppHost.Embedded;

/// <summary>A part of the suite did not start. The message says which one, why, and what to do.</summary>
public sealed class SuiteStartException(string message, Exception? cause = null) : Exception(message, cause);
