using PeerProxy.Protocol.Tunnel;

namespace PeerProxy.Tests.Unit.Tunnel;

public sealed class CreditVectorTests
{
    private const string FileName = "credit.json";

    public static TheoryData<string> Send => TunnelVectors.Names(FileName, "send");

    public static TheoryData<string> Receive => TunnelVectors.Names(FileName, "receive");

    [Theory]
    [MemberData(nameof(Send))]
    public void Send_Steps_GiveTheExpected(string name)
    {
        var row = TunnelVectors.Case(FileName, "send", name);
        var credit = new SendCredit(TunnelVectors.Number(row, "initial"));
        foreach (var step in row["steps"]!.AsArray().Select(step => step!.AsObject()))
        {
            if (TunnelVectors.Text(step, "op") == "spend")
            {
                credit.Spend(TunnelVectors.Number(step, "bytes"));
            }
            else
            {
                Assert.Equal(TunnelVectors.Flag(step, "raised"), credit.Raise(ulong.Parse(TunnelVectors.Text(step, "limit"))));
            }

            Assert.Equal(long.Parse(TunnelVectors.Text(step, "available")), credit.Available);
        }
    }

    [Theory]
    [MemberData(nameof(Receive))]
    public void Receive_Steps_GiveTheExpected(string name)
    {
        var row = TunnelVectors.Case(FileName, "receive", name);
        var credit = new ReceiveCredit(TunnelVectors.Number(row, "window"));
        foreach (var step in row["steps"]!.AsArray().Select(step => step!.AsObject()))
        {
            switch (TunnelVectors.Text(step, "op"))
            {
                case "receive":
                    Assert.Equal(TunnelVectors.Flag(step, "ok"), credit.TryReceive(TunnelVectors.Number(step, "bytes")));
                    break;
                case "widen":
                    credit.Widen(TunnelVectors.Number(step, "window"));
                    break;
                default:
                    var granted = credit.Consume(TunnelVectors.Number(step, "bytes"), out var limit);
                    Assert.Equal(step["grant"]?.GetValue<string>(), granted ? limit.ToString() : null);
                    break;
            }
        }
    }

    [Fact]
    public void Raise_LimitAboveSigned64_IsBounded()
    {
        var credit = new SendCredit(5);
        Assert.True(credit.Raise(ulong.MaxValue));
        Assert.Equal(long.MaxValue, credit.Available);
    }
}
