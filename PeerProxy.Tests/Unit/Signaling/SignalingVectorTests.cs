using System.Text;
using System.Text.Json;
using PeerProxy.Protocol.Signaling;

namespace PeerProxy.Tests.Unit.Signaling;

public sealed class SignalingVectorTests
{
    private const string FileName = "signaling.json";

    public static TheoryData<string> Valid => SharedVectors.Names(FileName, "valid");

    public static TheoryData<string> Invalid => SharedVectors.Names(FileName, "invalid");

    [Theory]
    [MemberData(nameof(Valid))]
    public void Valid_ReadAndWritten_IsTheMessage(string name)
    {
        var row = SharedVectors.Case(FileName, "valid", name);
        Assert.True(SignalingCodec.TryRead(Encoding.UTF8.GetBytes(SharedVectors.Text(row, "json")!), out var envelope, out var error), $"{error}");

        var written = Encoding.UTF8.GetString(SignalingCodec.Write(envelope!));

        Assert.True(SharedVectors.SameJson(row.GetProperty("message").GetRawText(), written), written);
        Assert.Equal(SharedVectors.Text(row.GetProperty("message"), "mtype"), envelope!.Payload.MessageType);
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Invalid_Read_FailsWithItsError(string name)
    {
        var row = SharedVectors.Case(FileName, "invalid", name);

        Assert.False(SignalingCodec.TryRead(Encoding.UTF8.GetBytes(SharedVectors.Text(row, "json")!), out var envelope, out var error));

        Assert.Null(envelope);
        Assert.Equal(SharedVectors.Text(row, "error"), SignalingErrorInfo.Of(error).Name);
    }

    [Fact]
    public void PeerIds_Table()
    {
        foreach (var row in SharedVectors.Read(FileName, "peerIds"))
        {
            Assert.True(row.GetProperty("valid").GetBoolean() == PeerId.TryParse(SharedVectors.Text(row, "value"), out _), row.ToString());
        }
    }

    [Fact]
    public void VisitorIds_Table()
    {
        foreach (var row in SharedVectors.Read(FileName, "visitorIds"))
        {
            Assert.True(row.GetProperty("valid").GetBoolean() == VisitorId.TryParse(SharedVectors.Text(row, "value"), out _), row.ToString());
        }
    }

    [Fact]
    public void Errors_Table_HasEveryCode()
    {
        var rows = SharedVectors.Read(FileName, "errors").ToDictionary(row => SharedVectors.Text(row, "name")!);
        foreach (var code in Enum.GetValues<SignalingErrorCode>().Except([SignalingErrorCode.None]))
        {
            var info = SignalingErrorInfo.Of(code);
            Assert.Equal(code, info.Code);
            Assert.True(rows.Remove(info.Name, out var row), $"{info.Name} is missing.");
            Assert.Equal(row.GetProperty("retryable").GetBoolean(), info.Retryable);
            Assert.Equal(row.GetProperty("permanent").GetBoolean(), info.Permanent);
            Assert.True(SignalingErrorInfo.TryParse(info.Name, out var parsed) && parsed == code);
            Assert.EndsWith(".", info.Message, StringComparison.Ordinal);
        }
        Assert.Empty(rows);
    }

    [Fact]
    public void Valid_Truncated_NeverThrowsAndNeverReads()
    {
        foreach (var row in SharedVectors.Read(FileName, "valid"))
        {
            var bytes = Encoding.UTF8.GetBytes(SharedVectors.Text(row, "json")!.TrimEnd());
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.False(SignalingCodec.TryRead(bytes.AsSpan(0, length), out _, out var error));
                Assert.NotEqual(SignalingErrorCode.None, error);
            }
        }
    }

    [Fact]
    public void Valid_OneBitFlipped_NeverThrows()
    {
        foreach (var row in SharedVectors.Read(FileName, "valid"))
        {
            var bytes = Encoding.UTF8.GetBytes(SharedVectors.Text(row, "json")!);
            // A stride of 7 meets every bit position.
            for (var bit = 0; bit < bytes.Length * 8; bit += 7)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                var isRead = SignalingCodec.TryRead(bytes, out var envelope, out var error);
                Assert.Equal(isRead, envelope is not null);
                Assert.Equal(isRead, error == SignalingErrorCode.None);
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    public void RandomJson_Read_NeverThrows()
    {
        var random = new Random(20_2);
        for (var i = 0; i < 20_000; i++)
        {
            var text = RandomObject(random, 0);
            _ = SignalingCodec.TryRead(Encoding.UTF8.GetBytes(text), out _, out _);
        }
    }

    [Fact]
    public void RandomBytes_Read_NeverThrows()
    {
        var random = new Random(20_3);
        var bytes = new byte[200];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            Assert.False(SignalingCodec.TryRead(bytes.AsSpan(0, random.Next(bytes.Length)), out _, out _));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Size_AtTheLimit_IsTheLastThatReads(int beyond, bool reads)
    {
        const string Head = "{\"mtype\":\"ping\",\"payload\":{},\"x\":\"";
        const string Tail = "\"}";
        var text = Head + new string('a', SignalingLimits.MaxMessageBytes - Head.Length - Tail.Length + beyond) + Tail;

        Assert.Equal(reads, SignalingCodec.TryRead(Encoding.UTF8.GetBytes(text), out _, out var error));
        Assert.Equal(reads ? SignalingErrorCode.None : SignalingErrorCode.TooLarge, error);
    }

    [Fact]
    public void InvalidUtf8_IsRefused()
    {
        byte[] bytes = [.. "{\"mtype\":\"leave\",\"payload\":{\"reason\":\""u8, 0xff, .. "\"}}"u8];

        Assert.False(SignalingCodec.TryRead(bytes, out _, out var error));
        Assert.Equal(SignalingErrorCode.BadMessage, error);
    }

    [Fact]
    public void RandomPeerIds_AreValidAndReadable()
    {
        for (var i = 0; i < 1000; i++)
        {
            var id = PeerId.Random();
            Assert.True(PeerId.IsValid(id.Value));
            Assert.All(id.Value, c => Assert.Contains(c, PeerId.ReadableAlphabet));
        }
    }

    [Fact]
    public void VisitorId_Created_TellsItsRoute()
    {
        var id = VisitorId.Create("23456789");

        Assert.True(VisitorId.TryParse(id.Value, out var parsed));
        Assert.Equal("23456789", parsed.Route);
        Assert.Equal(VisitorId.Length, id.Value.Length);
        Assert.NotEqual(id, VisitorId.Create("23456789"));
    }

    [Fact]
    public void Secrets_AreNotInText()
    {
        var server = new IceServer(["turn:turn.example"], "user", "hunter2");

        Assert.DoesNotContain("hunter2", new IceServersPayload([server], 1).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", server.ToString(), StringComparison.Ordinal);
    }

    private static string RandomObject(Random random, int depth)
    {
        string[] names = ["mtype", "recipient", "sender", "payload", "sdp", "nonce", "candidate", "iceServers", "urls", "t", "session", "x"];
        var members = Enumerable.Range(0, random.Next(5)).Select(_ => $"\"{names[random.Next(names.Length)]}\":{RandomValue(random, depth + 1)}");
        return "{" + string.Join(',', members) + "}";
    }

    private static string RandomValue(Random random, int depth) => random.Next(depth > 14 ? 6 : 8) switch
    {
        0 => "null",
        1 => "true",
        2 => random.NextDouble().ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        3 => JsonSerializer.Serialize(new[] { "offer", "ping", "iceServers", "idRequest", "AAAAAAAAAAAAAAAAAAAAAA", "\ud83d\ude00" }[random.Next(6)]),
        4 => "\"\\ud800\"",
        5 => "-1e400",
        6 => "[" + string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => RandomValue(random, depth + 1))) + "]",
        _ => RandomObject(random, depth + 1),
    };
}
