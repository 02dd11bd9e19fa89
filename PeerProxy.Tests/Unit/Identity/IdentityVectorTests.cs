using System.Buffers.Text;
using System.Text.Json;
using PeerProxy.Protocol.Identity;
using PeerProxy.Tests.Unit.Signaling;

namespace PeerProxy.Tests.Unit.Identity;

public sealed class IdentityVectorTests
{
    private const string FileName = "identity.json";

    public static TheoryData<string> Keys => SharedVectors.Names(FileName, "keys");

    public static TheoryData<string> Statements => SharedVectors.Names(FileName, "statements");

    public static TheoryData<string> Fingerprints => SharedVectors.Names(FileName, "fingerprints");

    public static TheoryData<string> Fragments => SharedVectors.Names(FileName, "fragments");

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_Imported_HasItsPublicKeyAndHash(string name)
    {
        var row = SharedVectors.Case(FileName, "keys", name);
        using var key = AgentKey.ImportPkcs8(Base64Url.DecodeFromChars(SharedVectors.Text(row, "privateKeyPkcs8")));

        Assert.Equal(SharedVectors.Text(row, "publicKey"), key.PublicKey);
        Assert.Equal(SharedVectors.Text(row, "keyHash"), key.KeyHash);
        Assert.True(PeerPublicKey.TryParse(key.PublicKey, out var publicKey));
        Assert.Equal(key.KeyHash, publicKey.KeyHash);
        publicKey.Dispose();
    }

    [Theory]
    [MemberData(nameof(Statements))]
    public void Statement_BuiltAndVerified_AsTheRowSays(string name)
    {
        var row = SharedVectors.Case(FileName, "statements", name);
        var (text, verifies) = Check(row);

        Assert.Equal(SharedVectors.Text(row, "text"), text);
        Assert.Equal(row.GetProperty("verifies").GetBoolean(), verifies);
    }

    [Theory]
    [MemberData(nameof(Fingerprints))]
    public void Fingerprint_Read_IsTheOneOrRefused(string name)
    {
        var row = SharedVectors.Case(FileName, "fingerprints", name);

        Assert.Equal(SharedVectors.Text(row, "fingerprint"), SdpFingerprint.TryRead(SharedVectors.Text(row, "sdp")!, out var found) ? found : null);
    }

    [Theory]
    [MemberData(nameof(Fragments))]
    public void Fragment_Parsed_GivesKeyAndSite(string name)
    {
        var row = SharedVectors.Case(FileName, "fragments", name);
        var fragment = SharedVectors.Text(row, "fragment")!;

        Assert.Equal(SharedVectors.Text(row, "keyHash"), LinkFragment.TryParse(fragment, out var hash, out var site) ? hash : null);
        Assert.Equal(SharedVectors.Text(row, "site"), site);
        if (hash is not null)
        {
            Assert.Equal(fragment, LinkFragment.Format(hash, site));
        }
    }

    [Fact]
    public void Key_RoundTrip_SignsForTheSamePublicKey()
    {
        using var key = AgentKey.Create();
        using var again = AgentKey.ImportPkcs8(key.ExportPkcs8());
        var statement = SignedStatements.Registration("nonce", null, 7);

        Assert.True(PeerPublicKey.TryParse(key.PublicKey, out var publicKey));
        Assert.True(publicKey.Verify(statement, again.Sign(statement)));
        Assert.False(publicKey.Verify(statement + " ", again.Sign(statement)));
        publicKey.Dispose();
    }

    [Fact]
    public void Statement_FieldWithLineFeed_IsRefused()
    {
        using var key = AgentKey.Create();
        Assert.True(PeerPublicKey.TryParse(key.PublicKey, out var publicKey));
        Assert.Throws<ArgumentException>(() => SignedStatements.Answer("a\nb", "n", "v", "a"));
        var signature = key.Sign("peerproxy-answer-v1\na\nb\nn\nv\na");
        Assert.False(SignedStatements.VerifyAnswer(publicKey, signature, "a\nb", "n", "v", "a"));
        publicKey.Dispose();
    }

    [Theory]
    [InlineData("https://3fdw.peerproxy.dev", "https://3fdw.peerproxy.dev/#k=H")]
    [InlineData("https://3fdw.peerproxy.dev/", "https://3fdw.peerproxy.dev/#k=H")]
    [InlineData("http://3fdw.localhost:5080/a?b", "http://3fdw.localhost:5080/a?b#k=H")]
    public void Link_FromUrl_HasTheFragment(string url, string link) => Assert.Equal(link, LinkFragment.ToLink(url, "H"));

    private static (string Text, bool Verifies) Check(JsonElement row)
    {
        string Field(string name) => SharedVectors.Text(row, name)!;
        var isKey = PeerPublicKey.TryParse(Field("publicKey"), out var key);
        using (key)
        {
            return Field("kind") switch
            {
                "registration" => (
                    SignedStatements.Registration(Field("nonce"), Field("wantedName"), row.GetProperty("epoch").GetInt64()),
                    isKey && SignedStatements.VerifyRegistration(
                        key!, Field("signature"), Field("nonce"), Field("wantedName"), row.GetProperty("epoch").GetInt64())),
                "answer" => (
                    SignedStatements.Answer(Field("peerId"), Field("nonce"), Field("visitorFingerprint"), Field("agentFingerprint")),
                    isKey && SignedStatements.VerifyAnswer(
                        key!, Field("signature"), Field("peerId"), Field("nonce"), Field("visitorFingerprint"), Field("agentFingerprint"))),
                _ => (
                    SignedStatements.Session(Field("peerId"), Field("nonce"), Field("visitorFingerprint")),
                    isKey && SignedStatements.VerifySession(key!, Field("signature"), Field("peerId"), Field("nonce"), Field("visitorFingerprint"))),
            };
        }
    }
}
