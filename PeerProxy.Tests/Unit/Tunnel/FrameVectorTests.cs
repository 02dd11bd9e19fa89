using System.Text.Json.Nodes;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Tests.Unit.Tunnel;

public sealed class FrameVectorTests
{
    private const string FileName = "frames.json";

    public static TheoryData<string> Valid => TunnelVectors.Names(FileName, "valid");

    public static TheoryData<string> Ignored => TunnelVectors.Names(FileName, "ignored");

    public static TheoryData<string> Invalid => TunnelVectors.Names(FileName, "invalid");

    [Theory]
    [MemberData(nameof(Valid))]
    public void Valid_Read_GivesFieldsAndWritesBack(string name)
    {
        var row = TunnelVectors.Case(FileName, "valid", name);
        var message = Message(row);

        Assert.Equal(FrameReadResult.Frame, FrameHeader.TryRead(message, out var header, out _));
        Assert.Equal(TypeOf(TunnelVectors.Text(row, "type")), header.Type);
        Assert.Equal(row["stream"]!.GetValue<uint>(), header.StreamId);
        Assert.Equal(row["sequence"]!.GetValue<uint>(), header.Sequence);
        Assert.Equal((FrameFlags)row["flags"]!.GetValue<ushort>(), header.Flags);
        Assert.Equal(TunnelVectors.Flag(row, "final"), header.IsFinal);
        Assert.Equal(TunnelVectors.Flag(row, "more"), header.HasMore);

        var written = new byte[FrameHeader.Size];
        header.Write(written);
        Assert.Equal(message[..FrameHeader.Size], written);
        if (row["value"] is JsonObject value)
        {
            AssertPayload(name, header.Type, value, message.AsSpan(FrameHeader.Size));
        }
    }

    [Theory]
    [MemberData(nameof(Ignored))]
    public void Ignored_Read_IsIgnored(string name) =>
        Assert.Equal(FrameReadResult.Ignored, FrameHeader.TryRead(TunnelVectors.Bytes(TunnelVectors.Case(FileName, "ignored", name), "hex"), out _, out _));

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Invalid_Read_GivesTheError(string name)
    {
        var row = TunnelVectors.Case(FileName, "invalid", name);
        var message = TunnelVectors.Bytes(row, "hex");
        var result = FrameHeader.TryRead(message, out var header, out var error);
        if (TunnelVectors.Text(row, "stage") == "payload")
        {
            Assert.Equal(FrameReadResult.Frame, result);
            Assert.False(TryReadPayload(header.Type, message.AsSpan(FrameHeader.Size), out error));
        }
        else
        {
            Assert.Equal(FrameReadResult.Error, result);
        }

        Assert.Equal(TunnelVectors.Error(row), error);
    }

    private static byte[] Message(JsonObject row)
    {
        if (row["payloadRepeat"] is not JsonObject repeat)
        {
            return TunnelVectors.Bytes(row, "hex");
        }

        var payload = new byte[TunnelVectors.Number(repeat, "count")];
        Array.Fill(payload, repeat["byte"]!.GetValue<byte>());
        return [.. TunnelVectors.Bytes(row, "headerHex"), .. payload];
    }

    private static FrameType TypeOf(string name) =>
        Enum.Parse<FrameType>(name.Replace("WS_", "WebSocket", StringComparison.Ordinal), ignoreCase: true);

    private static void AssertPayload(string name, FrameType type, JsonObject value, ReadOnlySpan<byte> payload)
    {
        var buffer = new byte[512];
        switch (type)
        {
            case FrameType.Settings:
                Assert.True(TunnelSettings.TryRead(payload, out var settings, out _));
                Assert.Equal(new TunnelSettings
                {
                    Version = value["version"]!.GetValue<uint>(),
                    InitialStreamCredit = value["initialStreamCredit"]!.GetValue<uint>(),
                    InitialConnectionCredit = value["initialConnectionCredit"]!.GetValue<uint>(),
                    MaxStreams = value["maxStreams"]!.GetValue<uint>(),
                    MaxHeadBytes = value["maxHeadBytes"]!.GetValue<uint>(),
                    Features = value["features"]!.GetValue<uint>(),
                }, settings);
                if (payload.Length == TunnelSettings.EncodedSize)
                {
                    settings.Write(buffer);
                    Assert.Equal(payload, buffer.AsSpan(0, TunnelSettings.EncodedSize));
                }

                break;
            case FrameType.Credit:
                Assert.True(CreditFrame.TryRead(payload, out var credit));
                Assert.Equal(ulong.Parse(TunnelVectors.Text(value, "limit")), credit.Limit);
                credit.Write(buffer);
                Assert.Equal(payload, buffer.AsSpan(0, CreditFrame.Size));
                break;
            case FrameType.Reset:
                Assert.True(ResetFrame.TryRead(payload, out var reset, out _));
                Assert.Equal(new ResetFrame((TunnelErrorCode)value["code"]!.GetValue<uint>(), TunnelVectors.Text(value, "reason")), reset);
                Assert.Equal(payload, buffer.AsSpan(0, reset.Write(buffer)));
                break;
            case FrameType.GoAway:
                Assert.True(GoAwayFrame.TryRead(payload, out var goAway, out _));
                Assert.Equal(
                    new GoAwayFrame(value["lastStream"]!.GetValue<uint>(), (TunnelErrorCode)value["code"]!.GetValue<uint>(), TunnelVectors.Text(value, "reason")),
                    goAway);
                Assert.Equal(payload, buffer.AsSpan(0, goAway.Write(buffer)));
                break;
            case FrameType.WebSocketClose:
                Assert.True(WebSocketCloseFrame.TryRead(payload, out var close, out _));
                Assert.Equal(new WebSocketCloseFrame(value["status"]?.GetValue<ushort>(), TunnelVectors.Text(value, "reason")), close);
                Assert.Equal(payload, buffer.AsSpan(0, close.Write(buffer)));
                break;
            case FrameType.Heartbeat:
                break;
            default:
                Assert.Fail($"'{name}' has a value and no reader here");
                break;
        }
    }

    internal static bool TryReadPayload(FrameType type, ReadOnlySpan<byte> payload, out TunnelErrorCode error)
    {
        error = TunnelErrorCode.NoError;
        return type switch
        {
            FrameType.Settings => TunnelSettings.TryRead(payload, out _, out error),
            FrameType.Credit => CreditFrame.TryRead(payload, out _),
            FrameType.Reset => ResetFrame.TryRead(payload, out _, out error),
            FrameType.GoAway => GoAwayFrame.TryRead(payload, out _, out error),
            FrameType.WebSocketClose => WebSocketCloseFrame.TryRead(payload, out _, out error),
            FrameType.Headers or FrameType.Trailers or FrameType.WebSocketOpen => FieldSection.TryDecode(payload, 262_144, out _, out error),
            _ => true,
        };
    }
}
