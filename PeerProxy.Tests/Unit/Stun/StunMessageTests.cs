using System.Text;
using PeerProxy.WebRtc;
using PeerProxy.WebRtc.Stun;

namespace PeerProxy.Tests.Unit.Stun;

public sealed class StunMessageTests
{
    private static readonly byte[] _key = Encoding.UTF8.GetBytes(Rfc5769Vectors.Password);

    public static TheoryData<byte[]> Vectors() =>
        [Rfc5769Vectors.Request, Rfc5769Vectors.IPv4Response, Rfc5769Vectors.IPv6Response, Rfc5769Vectors.LongTermRequest, Rfc5769Vectors.LongTermSha256Request];

    [Fact]
    public void Read_SampleRequest_HasItsAttributesAndProofs()
    {
        Assert.True(StunMessageReader.TryParse(Rfc5769Vectors.Request, out StunMessageReader message));
        Assert.Equal(StunClass.Request, message.Class);
        Assert.Equal(StunMethod.Binding, message.Method);
        Assert.True(message.TryGetUInt32(StunAttributeType.Priority, out uint priority));
        Assert.Equal(0x6e0001ffu, priority);
        Assert.True(message.TryGetUInt64(StunAttributeType.IceControlled, out ulong tieBreaker));
        Assert.Equal(0x932ff9b151263b36ul, tieBreaker);
        Assert.True(message.TryGet(StunAttributeType.Username, out ReadOnlySpan<byte> username));
        Assert.Equal("evtj:h6vY", Encoding.UTF8.GetString(username));
        Assert.True(message.TryGetLocalUsernameFragment(out ReadOnlySpan<byte> fragment));
        Assert.Equal("evtj", Encoding.UTF8.GetString(fragment));
        Assert.True(message.CheckIntegrity(_key));
        Assert.True(message.CheckFingerprint());
        Assert.False(message.CheckIntegrity("other"u8));
    }

    [Theory]
    [InlineData("192.0.2.1", false)]
    [InlineData("2001:db8:1234:5678:11:2233:4455:6677", true)]
    public void Read_SampleResponse_HasTheMappedAddress(string address, bool isIPv6)
    {
        Assert.True(StunMessageReader.TryParse(isIPv6 ? Rfc5769Vectors.IPv6Response : Rfc5769Vectors.IPv4Response, out StunMessageReader message));
        Assert.Equal(StunClass.SuccessResponse, message.Class);
        Assert.True(message.TryGetMappedAddress(out TransportAddress mapped));
        Assert.True(TransportAddress.TryParse(address, 32853, out TransportAddress expected));
        Assert.Equal(expected, mapped);
        Assert.True(message.CheckIntegrity(_key));
        Assert.True(message.CheckFingerprint());
    }

    [Fact]
    public void Read_LongTermRequest_ProvesTheCredentials()
    {
        byte[] key = MessageIntegrity.LongTermKey(
            Rfc5769Vectors.LongTermUsername, Rfc5769Vectors.LongTermRealm, Rfc5769Vectors.LongTermPassword);
        Assert.True(StunMessageReader.TryParse(Rfc5769Vectors.LongTermRequest, out StunMessageReader message));
        Assert.True(message.CheckIntegrity(key));
        Assert.False(message.CheckFingerprint());
    }

    [Fact]
    public void Read_LongTermSha256Request_ProvesTheCredentials()
    {
        byte[] key = MessageIntegrity.LongTermKey(
            Rfc5769Vectors.LongTermUsername, Rfc5769Vectors.LongTermRealm, Rfc5769Vectors.LongTermPassword);
        Assert.True(StunMessageReader.TryParse(Rfc5769Vectors.LongTermSha256Request, out StunMessageReader message));
        Assert.True(message.CheckIntegritySha256(key));
        Assert.False(message.CheckIntegrity(key));
    }

    [Fact]
    public void Write_SampleRequest_DiffersInPaddingOnly()
    {
        var id = StunTransactionId.Read(Rfc5769Vectors.Request.AsSpan(8));
        var buffer = new byte[200];
        var writer = new StunMessageWriter(buffer, StunClass.Request, StunMethod.Binding, id);
        writer.Add(StunAttributeType.Software, "STUN test client");
        writer.AddUInt32(StunAttributeType.Priority, 0x6e0001ff);
        writer.AddUInt64(StunAttributeType.IceControlled, 0x932ff9b151263b36);
        writer.Add(StunAttributeType.Username, "evtj:h6vY");
        Assert.Equal(Rfc5769Vectors.Request.AsSpan(4, writer.Length - 7).ToArray(), buffer.AsSpan(4, writer.Length - 7).ToArray());

        writer.AddIntegrity(_key);
        writer.AddFingerprint();
        Assert.Equal(Rfc5769Vectors.Request.Length, writer.Length);
        Assert.True(StunMessageReader.TryParse(buffer.AsSpan(0, writer.Length), out StunMessageReader message));
        Assert.True(message.CheckIntegrity(_key));
        Assert.True(message.CheckFingerprint());
    }

    [Theory]
    [InlineData("192.0.2.1", 32853)]
    [InlineData("2001:db8:1234:5678:11:2233:4455:6677", 32853)]
    [InlineData("::1", 1)]
    [InlineData("255.255.255.255", 65535)]
    public void XorAddress_WrittenAndRead_IsTheSame(string text, int port)
    {
        Assert.True(TransportAddress.TryParse(text, port, out TransportAddress address));
        var buffer = new byte[100];
        var writer = new StunMessageWriter(buffer, StunClass.SuccessResponse, StunMethod.Allocate, new StunTransactionId(1, 2));
        writer.AddXorAddress(StunAttributeType.XorRelayedAddress, address);
        Assert.True(StunMessageReader.TryParse(buffer.AsSpan(0, writer.Length), out StunMessageReader message));
        Assert.Equal(StunMethod.Allocate, message.Method);
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorRelayedAddress, out TransportAddress read));
        Assert.Equal(address, read);
    }

    [Fact]
    public void TypeBits_OfAllMethodsAndClasses_SurviveTheWire()
    {
        var buffer = new byte[20];
        foreach (StunMethod method in Enum.GetValues<StunMethod>())
        {
            foreach (StunClass messageClass in Enum.GetValues<StunClass>())
            {
                var writer = new StunMessageWriter(buffer, messageClass, method, default);
                Assert.True(StunMessageReader.TryParse(buffer.AsSpan(0, writer.Length), out StunMessageReader message));
                Assert.Equal(method, message.Method);
                Assert.Equal(messageClass, message.Class);
            }
        }
    }

    [Fact]
    public void Attributes_BehindIntegrity_AreNotSeen()
    {
        var buffer = new byte[200];
        var writer = new StunMessageWriter(buffer, StunClass.Request, StunMethod.Binding, default);
        writer.AddIntegrity(_key);
        writer.Add(StunAttributeType.UseCandidate, ReadOnlySpan<byte>.Empty);
        writer.AddFingerprint();
        Assert.True(StunMessageReader.TryParse(buffer.AsSpan(0, writer.Length), out StunMessageReader message));
        Assert.False(message.Has(StunAttributeType.UseCandidate));
        Assert.True(message.CheckFingerprint());
    }

    [Fact]
    public void Write_IntoTooLittleSpace_EndsAsLengthZero()
    {
        for (int size = 0; size < 100; size++)
        {
            var writer = new StunMessageWriter(new byte[size], StunClass.ErrorResponse, StunMethod.Binding, default);
            writer.AddErrorCode(487, "Role Conflict");
            writer.AddIntegrity(_key);
            writer.AddFingerprint();
            Assert.Equal(size < 76 ? 0 : 76, writer.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Read_EveryTruncation_IsRefused(byte[] vector)
    {
        for (int length = 0; length < vector.Length; length++)
        {
            Assert.False(StunMessageReader.TryParse(vector.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Read_EveryBitFlip_NeverThrowsAndNeverProves(byte[] vector)
    {
        byte[] longTermKey = MessageIntegrity.LongTermKey(
            Rfc5769Vectors.LongTermUsername, Rfc5769Vectors.LongTermRealm, Rfc5769Vectors.LongTermPassword);
        for (int bit = 0; bit < vector.Length * 8; bit++)
        {
            byte[] flipped = [.. vector];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            bool inFingerprint = bit / 8 >= vector.Length - 8 && vector[^8] == 0x80;
            if (ReadAll(flipped, _key) || ReadAll(flipped, longTermKey))
            {
                Assert.True(inFingerprint, $"bit {bit} is not covered by the integrity");
            }
        }
    }

    [Fact]
    public void Read_RandomBytesBehindAValidHeader_NeverThrows()
    {
        for (int seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var bytes = new byte[20 + (random.Next(60) * 4)];
            random.NextBytes(bytes);
            bytes[0] = (byte)random.Next(2);
            bytes[2] = (byte)((bytes.Length - 20) >> 8);
            bytes[3] = (byte)(bytes.Length - 20);
            (bytes[4], bytes[5], bytes[6], bytes[7]) = (0x21, 0x12, 0xA4, 0x42);
            for (int offset = 20; offset < bytes.Length; offset += 8)
            {
                // Short attributes of plausible types, so that many messages parse.
                (bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]) = (0, (byte)random.Next(0x30), 0, (byte)random.Next(9));
            }

            Assert.False(ReadAll(bytes, _key), $"seed {seed}");
        }
    }

    /// <summary>Calls every accessor.</summary>
    /// <returns>True when the integrity holds.</returns>
    private static bool ReadAll(byte[] bytes, byte[] key)
    {
        if (!StunMessageReader.TryParse(bytes, out StunMessageReader message))
        {
            return false;
        }

        message.TryGetMappedAddress(out _);
        message.TryGetErrorCode(out _);
        message.TryGetLocalUsernameFragment(out _);
        message.CheckFingerprint();
        message.CheckIntegritySha256(key);
        foreach (StunAttribute attribute in message)
        {
            message.TryGetUInt32(attribute.Type, out _);
            message.TryGetXorAddress(attribute.Type, out _);
        }

        return message.CheckIntegrity(key);
    }
}
