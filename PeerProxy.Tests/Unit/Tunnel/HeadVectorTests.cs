using System.Buffers;
using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Tests.Unit.Tunnel;

public sealed class HeadVectorTests
{
    private const string FileName = "heads.json";

    public static TheoryData<string> Valid => TunnelVectors.Names(FileName, "valid");

    public static TheoryData<string> DecodeOnly => TunnelVectors.Names(FileName, "decodeOnly");

    public static TheoryData<string> Invalid => TunnelVectors.Names(FileName, "invalid");

    [Theory]
    [MemberData(nameof(Valid))]
    public void Valid_EncodeAndDecode_Agree(string name)
    {
        var row = TunnelVectors.Case(FileName, "valid", name);
        var fields = Fields(row);
        var writer = new ArrayBufferWriter<byte>();
        FieldSection.Encode(fields, writer);
        Assert.Equal(TunnelVectors.Text(row, "hex"), Convert.ToHexStringLower(writer.WrittenSpan));
        AssertDecodes(row, fields);
    }

    [Theory]
    [MemberData(nameof(DecodeOnly))]
    public void DecodeOnly_Decode_GivesFields(string name)
    {
        var row = TunnelVectors.Case(FileName, "decodeOnly", name);
        AssertDecodes(row, Fields(row));
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Invalid_Decode_GivesTheError(string name)
    {
        var row = TunnelVectors.Case(FileName, "invalid", name);
        Assert.False(FieldSection.TryDecode(TunnelVectors.Bytes(row, "hex"), MaxBytes(row), out _, out var error));
        Assert.Equal(TunnelVectors.Error(row), error);
    }

    [Theory]
    [InlineData("Upper", "v")]
    [InlineData("", "v")]
    [InlineData("a b", "v")]
    [InlineData("a", "line\nfeed")]
    [InlineData("a", "snow \u2603")]
    public void Encode_InvalidField_IsRefused(string name, string value) =>
        Assert.Throws<ArgumentException>(() => FieldSection.Encode([new Field(name, value)], new ArrayBufferWriter<byte>()));

    private static void AssertDecodes(System.Text.Json.Nodes.JsonObject row, List<Field> fields)
    {
        Assert.True(FieldSection.TryDecode(TunnelVectors.Bytes(row, "hex"), MaxBytes(row), out var decoded, out var error), error.ToString());
        Assert.Equal(fields, decoded);
    }

    private static List<Field> Fields(System.Text.Json.Nodes.JsonObject row) =>
        [.. TunnelVectors.As<string[][]>(row, "fields").Select(pair => new Field(pair[0], pair[1]))];

    private static int MaxBytes(System.Text.Json.Nodes.JsonObject row) => row["maxBytes"]?.GetValue<int>() ?? 262_144;
}
