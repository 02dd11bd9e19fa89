using System.Text;

namespace PeerProxy.Signaling.Routing;

/// <summary>What one node tells another over its channel.</summary>
/// <remarks>
/// Encoding: kind (1 byte), then target, sender, about and trace parent, each with a length byte before its UTF-8, then the text to deliver.
/// Nodes of one deployment speak it among themselves; the first byte is the kind so that a later version can add kinds that older nodes skip.
/// </remarks>
/// <param name="Kind">What to do.</param>
/// <param name="Target">Visitor id or peer id the message is for; for <see cref="NodeMessageKind.Supersede"/> the peer id.</param>
/// <param name="Sender">Connection id it is from; for <see cref="NodeMessageKind.Supersede"/> the connection that lost.</param>
/// <param name="About">The <c>mtype</c> of the text.</param>
/// <param name="TraceParent">W3C trace context of the sender's step; may be empty.</param>
/// <param name="Text">The complete message to hand to the socket, UTF-8 JSON.</param>
internal readonly record struct NodeMessage(
    NodeMessageKind Kind, string Target, string Sender, string About, string TraceParent, ReadOnlyMemory<byte> Text)
{
    public byte[] Encode()
    {
        ReadOnlySpan<string> fields = [Target, Sender, About, TraceParent];
        var length = 1 + Text.Length;
        foreach (var field in fields)
        {
            length += 1 + Encoding.UTF8.GetByteCount(field);
        }
        var bytes = new byte[length];
        bytes[0] = (byte)Kind;
        var at = 1;
        foreach (var field in fields)
        {
            var written = Encoding.UTF8.GetBytes(field, bytes.AsSpan(at + 1));
            bytes[at] = checked((byte)written);
            at += 1 + written;
        }
        Text.Span.CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    public static bool TryDecode(ReadOnlyMemory<byte> bytes, out NodeMessage message)
    {
        message = default;
        if (bytes.IsEmpty || bytes.Span[0] is < (byte)NodeMessageKind.Deliver or > (byte)NodeMessageKind.DeliverForwarded)
        {
            return false;
        }
        var kind = (NodeMessageKind)bytes.Span[0];
        var rest = bytes[1..];
        if (!TryTake(ref rest, out var target) || !TryTake(ref rest, out var sender) || !TryTake(ref rest, out var about)
            || !TryTake(ref rest, out var traceParent))
        {
            return false;
        }
        message = new NodeMessage(kind, target, sender, about, traceParent, rest);
        return true;
    }

    private static bool TryTake(ref ReadOnlyMemory<byte> rest, out string field)
    {
        field = "";
        if (rest.IsEmpty || rest.Span[0] > rest.Length - 1)
        {
            return false;
        }
        field = Encoding.UTF8.GetString(rest.Span.Slice(1, rest.Span[0]));
        rest = rest[(1 + rest.Span[0])..];
        return true;
    }
}

/// <summary>The kinds of <see cref="NodeMessage"/>.</summary>
internal enum NodeMessageKind : byte
{
    /// <summary>Hand the text to the target's socket.</summary>
    Deliver = 1,

    /// <summary>A newer registration took the place of this connection.</summary>
    Supersede = 2,

    /// <summary>As <see cref="Deliver"/>, sent on by a node that the agent had just left; not sent on again.</summary>
    DeliverForwarded = 3,
}
