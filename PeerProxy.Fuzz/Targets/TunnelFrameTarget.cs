using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Fuzz.Targets;

/// <summary>Tunnel frames with the payloads that have a format of their own.</summary>
internal sealed class TunnelFrameTarget : IFuzzTarget
{
    public string Name => "tunnel-frame";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (FrameHeader.TryRead(input, out var header, out _) != FrameReadResult.Frame)
        {
            return;
        }

        var payload = input[FrameHeader.Size..];
        switch (header.Type)
        {
            case FrameType.Settings:
                TunnelSettings.TryRead(payload, out _, out _);
                break;
            case FrameType.Credit:
                CreditFrame.TryRead(payload, out _);
                break;
            case FrameType.Reset:
                ResetFrame.TryRead(payload, out _, out _);
                break;
            case FrameType.GoAway:
                GoAwayFrame.TryRead(payload, out _, out _);
                break;
            case FrameType.WebSocketClose:
                WebSocketCloseFrame.TryRead(payload, out _, out _);
                break;
            case FrameType.Headers or FrameType.Trailers or FrameType.WebSocketOpen:
                FieldSection.TryDecode(payload, TunnelHeadTarget.MaxHeadBytes, out _, out _);
                break;
        }
    }
}
