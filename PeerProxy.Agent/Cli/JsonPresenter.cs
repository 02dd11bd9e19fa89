using System.Text.Json.Nodes;
using PeerProxy.Agent.Hosting;

namespace PeerProxy.Agent.Cli;

/// <summary>One JSON object per line, each with an <c>event</c>: <c>ready</c>, <c>status</c>, <c>error</c>, <c>stopped</c>.</summary>
internal sealed class JsonPresenter(TextWriter output) : AgentPresenter
{
    public override void Ready(string id, string link, string target) =>
        Write(new JsonObject { ["event"] = "ready", ["id"] = id, ["link"] = link, ["target"] = target });

    public override void Status(AgentStatus status) =>
        Write(new JsonObject { ["event"] = "status", ["registered"] = status.IsRegistered, ["visitors"] = status.Visitors, ["requests"] = status.Requests, ["targetProblem"] = status.TargetProblem });

    public override void Failed(AgentStartException failure) =>
        Write(new JsonObject { ["event"] = "error", ["exitCode"] = (int)failure.Code, ["message"] = failure.Message, ["hint"] = failure.Hint });

    public override void Stopped() => Write(new JsonObject { ["event"] = "stopped" });

    private void Write(JsonObject line)
    {
        output.WriteLine(line.ToJsonString());
        output.Flush();
    }
}
