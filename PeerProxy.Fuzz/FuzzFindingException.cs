namespace PeerProxy.Fuzz;

/// <summary>An input that broke a rule; the message names target, seed and number of the input.</summary>
public sealed class FuzzFindingException(string message, byte[] input, Exception? inner = null) : Exception(message, inner)
{
    public byte[] Input => input;
}
