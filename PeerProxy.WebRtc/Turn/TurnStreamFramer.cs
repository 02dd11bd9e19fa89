using System.Buffers.Binary;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.WebRtc.Turn;

/// <summary>Cuts the byte stream of a TCP or TLS connection to a TURN server into STUN and ChannelData messages (RFC 8656 section 12.4).</summary>
/// <remarks>
/// <code>
/// int read = stream.Read(framer.GetWriteSpan());
/// framer.Advance(read);
/// while (framer.TryRead(out var message)) { ... }
/// </code>
/// A message is valid until the next call of <see cref="GetWriteSpan"/>.
/// </remarks>
public sealed class TurnStreamFramer
{
    /// <summary>The longest message: a STUN header and 65535 bytes, rounded up to four.</summary>
    public const int MaxMessageSize = StunMessageReader.HeaderSize + ushort.MaxValue + 1;

    private const int InitialSize = 8 * 1024;

    private byte[] _buffer = new byte[InitialSize];
    private int _start;
    private int _end;

    /// <summary>The stream carries something else; nothing after that can be found again, so the connection is to be closed.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Where the next bytes of the stream go; never empty.</summary>
    public Span<byte> GetWriteSpan()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }
            else
            {
                // One unfinished message fills the buffer; it is never longer than this.
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, MaxMessageSize));
            }
        }

        return _buffer.AsSpan(_end);
    }

    /// <summary>Tells how many bytes were written into the last span.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>The next whole message; false when more bytes are needed or the stream is broken.</summary>
    public bool TryRead(out ReadOnlySpan<byte> message)
    {
        message = default;
        ReadOnlySpan<byte> available = _buffer.AsSpan(_start, _end - _start);
        if (IsBroken || available.Length < ChannelData.HeaderSize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(available[2..]);
        int size;
        if (available[0] < 4 && (length & 3) == 0)
        {
            size = StunMessageReader.HeaderSize + length;
        }
        else if (ChannelData.LooksLikeChannelData(available))
        {
            size = ChannelData.HeaderSize + ((length + 3) & ~3);
        }
        else
        {
            IsBroken = true;
            return false;
        }

        if (available.Length < size)
        {
            return false;
        }

        message = available[..size];
        _start += size;
        return true;
    }
}
