namespace PeerProxy.WebRtc.Sdp;

/// <summary>Why a description cannot be used.</summary>
/// <param name="Line">1-based line; 0 when the fault is something missing.</param>
public readonly record struct SdpError(int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"line {Line}: {Message}" : Message;
}
