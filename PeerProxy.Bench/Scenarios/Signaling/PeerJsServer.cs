using System.Text;
using System.Text.Json;
using PeerProxy.Tests.TestKit.NetLab;
using PeerProxy.Tests.TestKit.Suite;

namespace PeerProxy.Bench.Scenarios.Signaling;

/// <summary>PeerJS server: ids are taken as given, messages are relayed as they are.</summary>
internal sealed class PeerJsServer : SignalingServer
{
    private const int OfferBytes = 1_500;
    private const int AnswerBytes = 1_000;

    private static readonly string _offerSdp = new('o', OfferBytes);
    private static readonly string _answerSdp = new('a', AnswerBytes);

    private static readonly byte[] _heartbeat = """{"type":"HEARTBEAT"}"""u8.ToArray();

    private PeerJsServer(int port, IEnumerable<string> arguments)
        : base(port, NetworkLab.FindTool("node")!, arguments)
    {
    }

    public static PeerJsServer Start(string script)
    {
        var port = RedisProcess.FreePort();
        return new PeerJsServer(port, [script, "--port", $"{port}", "--concurrent_limit", "100000", "--alive_timeout", "75000"]);
    }

    public override byte[] Heartbeat => _heartbeat;

    public override Uri UrlOf(LoadSocket client) => new($"ws://127.0.0.1:{Port}/peerjs?key=peerjs&id={client.Id}&token={client.Id}");

    public override byte[]? Handle(LoadSocket client, JsonElement message)
    {
        switch (message.GetProperty("type").GetString())
        {
            case "OPEN":
                client.MarkReady();
                return null;
            case "OFFER":
                return Message("ANSWER", message.GetProperty("src").GetString()!, _answerSdp);
            case "ANSWER":
                client.MarkAnswered();
                return null;
            case "ERROR" or "ID-TAKEN":
                client.MarkFailed(message.ToString());
                return null;
            default:
                return null;
        }
    }

    public override byte[] Offer(LoadSocket visitor) => Message("OFFER", visitor.Peer!, _offerSdp);

    private static byte[] Message(string type, string to, string sdp) =>
        Encoding.UTF8.GetBytes($$$"""{"type":"{{{type}}}","dst":"{{{to}}}","payload":{"sdp":{"type":"{{{type}}}","sdp":"{{{sdp}}}"},"connectionId":"dc_1","browser":"chrome"}}""");
}
