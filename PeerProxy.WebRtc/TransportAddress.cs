using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace PeerProxy.WebRtc;

/// <summary>An IPv4 or IPv6 address with a port, as a plain value: no heap, cheap to compare and hash.</summary>
/// <remarks>IPv4-mapped IPv6 addresses, as dual-mode sockets report them, become IPv4, so that one remote has one value.</remarks>
public readonly record struct TransportAddress
{
    private readonly ulong _high;
    private readonly ulong _low;

    private TransportAddress(ulong high, ulong low, bool isIPv6, ushort port, uint scopeId)
    {
        _high = high;
        _low = low;
        IsIPv6 = isIPv6;
        Port = port;
        ScopeId = scopeId;
    }

    public bool IsIPv6 { get; }

    public ushort Port { get; }

    /// <summary>Zone of an IPv6 link-local address; 0 for all others.</summary>
    public uint ScopeId { get; }

    public bool IsUnspecified => _high == 0 && _low == 0;

    public bool IsLoopback => IsIPv6 ? _high == 0 && _low == 1 : _low >> 24 == 127;

    /// <summary>fe80::/10 or 169.254.0.0/16.</summary>
    public bool IsLinkLocal => IsIPv6 ? _high >> 54 == 0xFE80 >> 6 : _low >> 16 == 0xA9FE;

    public bool IsMulticast => IsIPv6 ? _high >> 56 == 0xFF : _low >> 28 == 0xE || _low == 0xFFFFFFFF;

    /// <summary>RFC 1918, RFC 6598 (carrier NAT) or IPv6 unique local: not reachable from the open Internet.</summary>
    public bool IsPrivate => IsIPv6
        ? _high >> 57 == 0xFC >> 1
        : _low >> 24 == 10 || _low >> 20 == 0xAC1 || _low >> 16 == 0xC0A8 || _low >> 22 == 0x6440 >> 6;

    /// <summary>4 or 16.</summary>
    public int AddressLength => IsIPv6 ? 16 : 4;

    /// <param name="address">4 or 16 bytes in network order.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static TransportAddress FromBytes(ReadOnlySpan<byte> address, int port, uint scopeId = 0)
    {
        switch (address.Length)
        {
            case 4:
                return new(0, BinaryPrimitives.ReadUInt32BigEndian(address), false, (ushort)port, 0);
            case 16:
                ulong high = BinaryPrimitives.ReadUInt64BigEndian(address);
                ulong low = BinaryPrimitives.ReadUInt64BigEndian(address[8..]);
                if (high == 0 && low >> 32 == 0xFFFF)
                {
                    return new(0, (uint)low, false, (ushort)port, 0);
                }

                bool linkLocal = high >> 54 == 0xFE80 >> 6;
                return new(high, low, true, (ushort)port, linkLocal ? scopeId : 0);
            default:
                throw new ArgumentException("An address has 4 or 16 bytes.", nameof(address));
        }
    }

    public static TransportAddress From(IPAddress address, int port)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        return FromBytes(bytes[..written], port, written == 16 ? (uint)address.ScopeId : 0);
    }

    public static TransportAddress From(IPEndPoint endPoint) => From(endPoint.Address, endPoint.Port);

    /// <summary>Reads a socket address as a receive call filled it in; false for other address families.</summary>
    public static bool TryFrom(SocketAddress socketAddress, out TransportAddress address)
    {
        ReadOnlySpan<byte> bytes = socketAddress.Buffer.Span;
        switch (socketAddress.Family)
        {
            case AddressFamily.InterNetwork when bytes.Length >= 8:
                address = FromBytes(bytes.Slice(4, 4), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
                return true;
            case AddressFamily.InterNetworkV6 when bytes.Length >= 28:
                // The scope id is in host order, unlike the rest.
                uint scope = BitConverter.ToUInt32(bytes.Slice(24, 4));
                address = FromBytes(bytes.Slice(8, 16), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), scope);
                return true;
            default:
                address = default;
                return false;
        }
    }

    /// <summary>Parses a literal address without port; host names are refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> address, int port, out TransportAddress result)
    {
        if (port is >= 0 and <= ushort.MaxValue && IPAddress.TryParse(address, out IPAddress? parsed))
        {
            result = From(parsed, port);
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>Writes into a socket address of the socket's own family; IPv4 becomes IPv4-mapped on an IPv6 (dual-mode) one.</summary>
    /// <exception cref="ArgumentException">An IPv6 address for an IPv4 socket.</exception>
    public void WriteTo(SocketAddress destination)
    {
        Span<byte> bytes = destination.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], Port);
        if (destination.Family == AddressFamily.InterNetwork)
        {
            if (IsIPv6)
            {
                throw new ArgumentException("An IPv6 address does not fit an IPv4 socket.", nameof(destination));
            }

            BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], (uint)_low);
            return;
        }

        bytes.Slice(4, 4).Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], IsIPv6 ? _low : 0xFFFF_0000_0000UL | _low);
        BitConverter.TryWriteBytes(bytes.Slice(24, 4), ScopeId);
    }

    /// <summary>A new socket address of this address' own family.</summary>
    public SocketAddress ToSocketAddress()
    {
        var result = IsIPv6 ? new SocketAddress(AddressFamily.InterNetworkV6) : new SocketAddress(AddressFamily.InterNetwork);
        WriteTo(result);
        return result;
    }

    /// <summary>Writes 4 or 16 bytes in network order and returns how many.</summary>
    public int WriteAddressBytes(Span<byte> destination)
    {
        if (!IsIPv6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
            return 4;
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        return 16;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        int length = WriteAddressBytes(bytes);
        return ScopeId != 0 ? new IPAddress(bytes, ScopeId) : new IPAddress(bytes[..length]);
    }

    public IPEndPoint ToIPEndPoint() => new(ToIPAddress(), Port);

    public TransportAddress WithPort(int port) => new(_high, _low, IsIPv6, (ushort)port, ScopeId);

    /// <summary>The scope is kept for link-local addresses only.</summary>
    public TransportAddress WithScope(uint scopeId) => new(_high, _low, IsIPv6, Port, IsIPv6 && IsLinkLocal ? scopeId : 0);

    public bool Equals(TransportAddress other) =>
        _low == other._low && _high == other._high && Port == other.Port && IsIPv6 == other.IsIPv6 && ScopeId == other.ScopeId;

    public override int GetHashCode() => HashCode.Combine(_high, _low, Port);

    public override string ToString() => IsIPv6 ? $"[{ToIPAddress()}]:{Port}" : $"{ToIPAddress()}:{Port}";
}
